/**
 * `xano export dbt`: sources.yml for dbt, and with `--evidence` a page for each table.
 * In: a loaded target.
 * Out: files that were not there yet, and a line for each.
 */
import { Command } from 'commander';
import type { Context, Finish } from '../../context.js';
import type { Duration } from '../../deadline.js';
import { parseDuration } from '../../input/numbers.js';
import { withOutputOptions } from '../../input/options.js';
import { type PlaceFlags, placeOptions, withPlaceOptions } from '../../input/place-options.js';
import { HEADINGS, withManual } from '../../output/help.js';

interface DbtFlags extends PlaceFlags {
  readonly to: string;
  readonly out: string;
  readonly evidence?: string;
  readonly maxAge?: Duration;
  readonly json?: boolean;
  readonly color?: boolean;
}

/** Makes `xano export dbt`. */
export function dbtCommand(context: Context, finish: Finish): Command {
  const source = new Command('dbt')
    .description('write sources.yml for dbt; with --evidence, also a page for each table')
    .argument('[name...]', 'tables by name or id; default all')
    .optionsGroup(HEADINGS.source)
    .option('--to <destination>', 'describe this loaded file, lake or database', 'xano.duckdb');
  const command = withPlaceOptions(source)
    .optionsGroup(HEADINGS.destination)
    .option('--out <folder>', 'write sources.yml into this folder', 'models')
    .option('--evidence <folder>', 'write a connection, queries and pages into this Evidence project')
    .optionsGroup(HEADINGS.run)
    .option(
      '--max-age <time>',
      'let `dbt source freshness` fail for an older table: 24h, 7d, 90m',
      parseDuration('--max-age', { such_as: '90m, 24h or 7d' }),
    )
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print one JSON object')
    .action(async (names: string[], flags: DbtFlags) => finish(await runDbt(names, flags, context)));
  return withManual(withOutputOptions(command, 'show the cause of an error'), {
    about:
      'For dbt-duckdb and dbt-postgres. Overwrites nothing: a file with other contents stays, and a line says so.',
    examples: [
      ['xano export dbt --to shop.duckdb', 'write models/sources.yml'],
      ['xano export dbt --out dbt/models --max-age 24h', 'with an age from which tables are stale'],
      ['xano export dbt --evidence reports', 'also write pages into an Evidence project'],
    ],
    statuses: '0 done, 2 usage, 6 the loaded target or the disk',
  });
}

async function runDbt(names: readonly string[], flags: DbtFlags, context: Context): Promise<number> {
  const { openStore, XanoError } = await import('../../../index.js');
  const { assertForDbt, exportDbt } = await import('../../../files/export-dbt.js');
  const { createPrinter } = await import('../../output/output.js');
  const { pickTables } = await import('../schema/print.js');
  for (const [name, value] of [
    ['--to', flags.to],
    ['--out', flags.out],
    ['--evidence', flags.evidence],
  ])
    if (value === '')
      throw new XanoError('USAGE', `${name} is empty.`, { hint: `Give it a value: ${name} …` });
  const printer = createPrinter(context, flags.color !== false);
  assertForDbt(flags.to, flags.evidence);
  const store = await openStore(flags.to, placeOptions(flags, context, printer));
  try {
    const all = await store.schema({ sleep: context.sleep });
    const chosen = pickTables(all, names, store.label);
    const { to, out, evidence } = flags;
    const reading = { sleep: context.sleep, signal: context.signal };
    const files = await exportDbt(
      store,
      { all, chosen },
      {
        to,
        out,
        evidence,
        max_age_ms: flags.maxAge?.ms,
        reading,
      },
    );
    if (flags.json === true) printer.json({ destination: store.label, files });
    else
      printer.table(
        ['', 'file'],
        files.map(({ file, action }) => [action, file]),
      );
    if (flags.json !== true && files.some(({ action }) => action === 'left'))
      printer.note('Files that are left have other contents; remove one to have it written again.');
    return 0;
  } finally {
    await store.close();
  }
}
