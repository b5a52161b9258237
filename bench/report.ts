/** What is kept of a benchmark: a table in Markdown, a chart, and every single run. */

import type { About } from './about.js';
import { chartOf } from './chart.js';
import { bytes, median, seconds, spread, whole } from './format.js';
import type { Options } from './options.js';
import type { Measured, Run } from './run.js';
import { judge } from './targets.js';

/** The files of a benchmark's results, by name. */
export function reportFiles(
  measured: readonly Measured[],
  options: Options,
  about: About,
): Readonly<Record<string, string>> {
  const chart = chartOf(measured, about);
  return {
    'results.md': markdown(measured, options, about, chart !== undefined),
    ...(chart === undefined ? {} : { 'chart.svg': chart }),
    'runs.json': `${JSON.stringify(everyRun(measured, options, about), null, 1)}\n`,
  };
}

function everyRun(measured: readonly Measured[], options: Options, about: About): unknown {
  const { rows, page_max, gaps } = options;
  return {
    about,
    options: { rows, page_max, gaps },
    measured: measured.map(({ case: { key, name, group, rows, latency_ms, tables, page_size }, runs }) => ({
      ...{ key, name, group, rows, latency_ms, tables, page_size },
      runs,
    })),
  };
}

function markdown(all: readonly Measured[], options: Options, about: About, chart: boolean): string {
  const { cpu, cores, memory_gb, system, node, duckdb, dlt, commit, date, load_before } = about;
  const part = options.full
    ? ''
    : '\nThis is a part of the benchmark, or a smaller one: `npm run bench` measures all of it.\n';
  const judged = judge(all);
  return [
    `# Benchmark of ${date}`,
    part,
    `${cpu}, ${cores} cores, ${memory_gb} GB, ${system}; Node ${node}, @duckdb/node-api ${duckdb}, ${dlt ?? 'dlt not measured'}; xano-connector at ${commit}. ` +
      `Load average before: ${load_before}. Server, loader and benchmark share the machine.`,
    '',
    'Median (lowest–highest) of the whole process, from before it starts to after it has ended. Runs are interleaved. Every result was compared ' +
      'with what was served before its time was taken down. [What each row means](../../README.md).',
    ...(chart ? ['', '![Seconds by program](chart.svg)'] : []),
    '',
    table(
      ['what', 'rows', 'runs', 'wall s', 'rows/s', 'CPU s', 'peak MB', 'requests', '× floor'],
      all.map((one) => rowOf(one, all)),
    ),
    ...(judged.length === 0
      ? []
      : [
          '',
          '## Targets',
          '',
          ...(options.rows < 1_000_000
            ? ['They are meant for a million rows: with fewer, what every load costs once weighs more.', '']
            : []),
          table(
            ['target', 'measured', ''],
            judged.map(({ target, measured, met }) => [target, measured, met ? 'met' : '**missed**']),
          ),
        ]),
    ...requests(all),
    '',
  ].join('\n');
}

/** The key of the row that another one is compared with. */
function floorOf({ key, floor, group }: Measured['case']): string {
  if (group === 'destinations' || group === 'small') return floor ?? key;
  return group === 'flights' ? 'flights-disk-1' : 'disk-1';
}

function rowOf({ case: one, runs }: Measured, all: readonly Measured[]): string[] {
  const walls = runs.map(({ wall_s }) => wall_s);
  const of = (read: (run: Run) => number | null): number[] => runs.flatMap((run) => read(run) ?? []);
  const floor = all.find(({ case: { key } }) => key === floorOf(one));
  const comparable = floor !== undefined && floor.case.rows === one.rows && one.group !== 'incremental';
  const asked = of(({ served }) => served.requests);
  return [
    one.name,
    one.rows === 0 ? '' : whole(one.rows),
    String(runs.length),
    spread(walls, seconds),
    one.rows === 0 || one.key === 'incremental' ? '' : whole(one.rows / median(walls)),
    spread(
      of(({ cpu_s }) => cpu_s),
      seconds,
    ),
    spread(
      of(({ rss_mb }) => rss_mb),
      whole,
    ),
    Math.max(...asked) === 0 ? '' : spread([median(asked)], whole),
    comparable ? (median(walls) / median(floor.runs.map(({ wall_s }) => wall_s))).toFixed(2) : '',
  ];
}

/** How many requests each load needed beside those that a page of rows each would be. */
function requests(all: readonly Measured[]): string[] {
  const loads = all.filter(
    ({ case: { page_size, key } }) => page_size !== undefined && !key.startsWith('wire'),
  );
  if (loads.length === 0) return [];
  const rows = loads.flatMap(({ case: one, runs }) => {
    const served = runs.at(-1)?.served;
    if (served === undefined) return [];
    const { requests, pages, refused } = served;
    const needed = one.page_size ? one.tables * Math.ceil(one.rows / one.tables / one.page_size) : null;
    return [
      [
        one.name,
        whole(requests),
        whole(pages),
        needed === null ? '' : whole(needed),
        needed === null ? '' : whole(requests - refused - needed),
        refused === 0 ? '' : whole(refused),
        bytes(served.bytes),
      ],
    ];
  });
  const heads = [
    'what',
    'requests',
    'for more than one row',
    'rows ÷ page size',
    'beside those',
    'refused',
    'bytes',
  ];
  return ['', '## Requests', '', 'As the server counted them in the last run.', '', table(heads, rows)];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [first, ...rest] = heads;
  const rule = `|---|${rest.map(() => (first === 'target' ? '---|' : '--:|')).join('')}`;
  return [line(heads), rule, ...rows.map(line)].join('\n');
}
