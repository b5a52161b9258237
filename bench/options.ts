/** What `npm run bench -- …` understands. */
import { parseArgs } from 'node:util';
import type { Gaps } from './sets.js';

/** Groups of measured rows, in the order in which they are told of. */
export const GROUPS = [
  'startup',
  'floors',
  'ours',
  'small',
  'dlt',
  'flights',
  'incremental',
  'memory',
  'free-plan',
  'destinations',
] as const;

/** A group of measured rows. */
export type Group = (typeof GROUPS)[number];

/** What a minute allows: dlt alone takes longer, and so does waiting for the free plan's next window. */
const QUICK_GROUPS: readonly Group[] = ['startup', 'floors', 'ours', 'incremental'];

/** The rows of those groups that `--quick` measures, unless others are named. */
const QUICK_KEYS =
  /^(node|help|version|disk-1|disk-all|wire-0|load-0-1-auto|load-50-4-auto|incremental-full|incremental) /;

/** What is to be measured, and how. */
export interface Options {
  readonly groups: readonly Group[];
  /** Only measured rows whose key and name, with a space between, this matches. */
  readonly match: RegExp | null;
  readonly rows: number;
  readonly runs: number;
  readonly startup_runs: number;
  readonly latencies: readonly number[];
  /** The largest page the server gives. */
  readonly page_max: number;
  readonly gaps: Gaps;
  readonly quick: boolean;
  /** Where results are kept; null for `bench/.data/last`, since a part of the table is not the table. */
  readonly out: string | null;
  readonly list: boolean;
  readonly serve: boolean;
  readonly port: number;
  /** Nothing was left out or made smaller. */
  readonly full: boolean;
}

/** The help, which is the reference. */
export const HELP = `Usage: npm run bench -- [options]

  --quick             under a minute: 50,000 rows, 3 runs, the rows that matter every day
  --only a,b          these groups: ${GROUPS.join(', ')}
  --match <pattern>   only measured rows whose name matches
  --rows <n>          rows in the table (1000000)
  --runs <n>          runs of each measured row (5)
  --latency a,b       milliseconds before each answer (0,50,150)
  --page-max <n>      the largest page that the server gives (10000)
  --gaps <how>        how ids are spread: none, some, wide (some)
  --out <folder>      keep results here (a full run: bench/results/<date>)
  --list              say what would be measured
  --serve             start the data server alone, and say how to load from it
  --port <n>          for --serve
`;

/** Reads the command line; null where help was wanted. Throws a sentence where it makes no sense. */
export function readOptions(argv: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      match: { type: 'string' },
      rows: { type: 'string' },
      runs: { type: 'string' },
      latency: { type: 'string' },
      'page-max': { type: 'string', default: '10000' },
      gaps: { type: 'string', default: 'some' },
      out: { type: 'string' },
      list: { type: 'boolean', default: false },
      serve: { type: 'boolean', default: false },
      port: { type: 'string', default: '0' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const { quick } = values;
  const gaps = (['none', 'some', 'wide'] as const).find((how) => how === values.gaps);
  if (gaps === undefined) throw new Error('--gaps is none, some or wide.');
  const part = [values.only, values.match, values.rows, values.runs, values.latency].some(
    (value) => value !== undefined,
  );
  return {
    groups: readGroups(values.only, quick),
    match:
      values.match !== undefined
        ? new RegExp(values.match)
        : quick && values.only === undefined
          ? QUICK_KEYS
          : null,
    // A file of more could not be read in one piece.
    rows: whole('--rows', values.rows ?? (quick ? '50000' : '1000000'), 1000, 4_000_000),
    runs: whole('--runs', values.runs ?? (quick ? '3' : '5'), 1, 100),
    startup_runs: quick ? 5 : 15,
    latencies: (values.latency ?? (quick ? '0,50' : '0,50,150'))
      .split(',')
      .map((text) => whole('--latency', text, 0, 10_000)),
    page_max: whole('--page-max', values['page-max'], 100, 100_000),
    gaps,
    quick,
    out: values.out ?? null,
    list: values.list,
    serve: values.serve,
    port: whole('--port', values.port, 0, 65_535),
    full: !quick && !part,
  };
}

function readGroups(only: string | undefined, quick: boolean): readonly Group[] {
  if (only === undefined) return GROUPS.filter((group) => !quick || QUICK_GROUPS.includes(group));
  const wanted = only.split(',');
  const unknown = wanted.find((name) => !GROUPS.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`There is no group "${unknown}": ${GROUPS.join(', ')}.`);
  return GROUPS.filter((group) => wanted.includes(group));
}

function whole(flag: string, text: string, low: number, high: number): number {
  const number = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(number) || number < low || number > high)
    throw new Error(`${flag} is a whole number from ${low} to ${high}.`);
  return number;
}
