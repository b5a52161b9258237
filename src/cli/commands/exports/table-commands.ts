/**
 * `xano export csv`, `jsonl`, `xlsx` and `parquet`: a file for each table.
 * In: a loaded target, a folder, flags.
 * Out: files, a line for each, and warnings about cells.
 */
import { Command } from 'commander';
import type { FileFormat } from '../../../files/formats.js';
import type { Context, Finish } from '../../context.js';
import { withOutputOptions } from '../../input/options.js';
import { type PlaceFlags, placeOptions, withPlaceOptions } from '../../input/place-options.js';
import { HEADINGS, withManual } from '../../output/help.js';

interface ExportFlags extends PlaceFlags {
  readonly to: string;
  readonly out: string;
  readonly deleted?: boolean;
  readonly allColumns?: boolean;
  readonly safeFormulas?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly color?: boolean;
}

const FILES: Readonly<Record<FileFormat, { readonly does: string; readonly about: string }>> = {
  csv: {
    does: 'write a CSV file for each table (RFC 4180)',
    about:
      'UTF-8 with a heading. NULL is nothing and an empty text is "". Times are ISO 8601 in UTC; lists and objects are JSON; numbers keep all digits.',
  },
  jsonl: {
    does: 'write a file of JSON objects for each table, one on a line',
    about: 'Numbers keep all digits, JSON is as it was sent, times are ISO 8601 in UTC.',
  },
  xlsx: {
    does: 'write an Excel workbook for each table',
    about:
      'Dates and times are real ones, in UTC. Numbers of more than 15 digits and dates before 1900-03-01 are text; texts are cut after 32,767 characters. Rows beyond 1,048,576 go to further sheets.',
  },
  parquet: {
    does: 'write a Parquet file for each table (zstd)',
    about: 'Types are those of the loaded table; JSON is text that Parquet marks as JSON.',
  },
};

/** Makes the commands of all formats. */
export const tableCommands = (context: Context, finish: Finish): Command[] =>
  (['csv', 'jsonl', 'xlsx', 'parquet'] as const).map((format) => tableCommand(format, context, finish));

function tableCommand(format: FileFormat, context: Context, finish: Finish): Command {
  const { does, about } = FILES[format];
  const source = new Command(format)
    .description(does)
    .argument('[name...]', 'tables by name or id; default all')
    .optionsGroup(HEADINGS.source)
    .option('--to <destination>', 'read this loaded file, folder, lake or database', 'xano.duckdb')
    .option('--deleted', 'also write rows that are deleted in Xano, and the column _xano_deleted_at')
    .option('--all-columns', 'also write the columns that xano added');
  const command = withPlaceOptions(source)
    .optionsGroup(HEADINGS.destination)
    .requiredOption('--out <folder>', 'write the files into this folder')
    .option('--overwrite', 'replace files that no export wrote');
  if (format === 'csv')
    command.option('--safe-formulas', 'put an apostrophe before cells that a spreadsheet would run');
  command
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print one JSON object')
    .action(async (names: string[], flags: ExportFlags) =>
      finish(await exportFiles(format, names, flags, context)),
    );
  return withManual(withOutputOptions(command, 'show the cause of an error'), {
    about,
    examples: [
      [`xano export ${format} --to shop.duckdb --out ${format}`, 'all tables'],
      [`xano export ${format} orders --out ${format}`, 'one table'],
    ],
    statuses: '0 done, 2 usage, 6 the loaded target or the disk, 130 interrupted',
  });
}

async function exportFiles(
  format: FileFormat,
  names: readonly string[],
  flags: ExportFlags,
  context: Context,
): Promise<number> {
  const { openStore, XanoError } = await import('../../../index.js');
  const { exportTables } = await import('../../../files/export-tables.js');
  const { createPrinter } = await import('../../output/output.js');
  const { pickTables } = await import('../schema/print.js');
  const { printFiles, warnOfFiles } = await import('./print.js');
  for (const [name, value] of [
    ['--to', flags.to],
    ['--out', flags.out],
  ])
    if (value === '')
      throw new XanoError('USAGE', `${name} is empty.`, { hint: `Give it a value: ${name} …` });
  const printer = createPrinter(context, flags.color !== false);
  const store = await openStore(flags.to, placeOptions(flags, context, printer));
  try {
    const all = await store.schema({ sleep: context.sleep });
    const files = await exportTables(
      store,
      { all, chosen: pickTables(all, names, store.label) },
      {
        format,
        folder: flags.out,
        deleted: flags.deleted === true,
        all_columns: flags.allColumns === true,
        overwrite: flags.overwrite === true,
        safe_formulas: flags.safeFormulas === true,
        reading: { sleep: context.sleep, signal: context.signal },
        onTable: (table) => printer.detail(`Exporting ${table} …`),
      },
    );
    if (flags.json === true) printer.json({ destination: store.label, folder: flags.out, format, files });
    else printFiles(files, flags.out, printer);
    warnOfFiles(files, flags.safeFormulas === true, printer);
    return 0;
  } finally {
    await store.close();
  }
}
