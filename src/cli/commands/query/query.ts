/**
 * `xano query`: runs SQL on a loaded file, and can only read it.
 * In: a loaded file or folder, and SQL from an argument, a file or stdin.
 * Out: rows as a table, tabs, CSV or JSON.
 */
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Context, Finish } from '../../context.js';
import { withOutputOptions } from '../../input/options.js';
import { type PlaceFlags, placeOptions, withPlaceOptions } from '../../input/place-options.js';
import { withProjectOption } from '../../input/project-options.js';
import { HEADINGS, withManual } from '../../output/help.js';

interface QueryFlags extends PlaceFlags {
  readonly to: string;
  readonly file?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly color?: boolean;
}

/** Makes `xano query`. */
export function queryCommand(context: Context, finish: Finish): Command {
  const source = withProjectOption(
    new Command('query')
      .description('run SQL on a loaded DuckDB file, read-only')
      .argument('[sql]', 'the SQL, in quotes; - (or nothing, in a pipe) reads it from standard input')
      .optionsGroup(HEADINGS.source),
  ).option(
    '--to <destination>',
    'read a DuckDB file, a folder (out/), s3://…, ducklake:…, iceberg:… or postgres://…',
    'xano.duckdb',
  );
  const command = withPlaceOptions(source)
    .option('--file <file>', 'read the SQL from a file')
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print an array of row objects, every number with all its digits')
    .addOption(new Option('--csv', 'print CSV with a heading (RFC 4180)').conflicts('json'))
    .action(async (sql: string | undefined, flags: QueryFlags) => finish(await query(sql, flags, context)));
  return withManual(withOutputOptions(command, 'show the cause of an error'), {
    about:
      'xano looks up tables by name in the schema xano_data, then in other schemas; shop.orders and _xano.loads name the schema.',
    examples: [
      ['xano query "SHOW TABLES" --to shop.duckdb', 'list the tables'],
      ['xano query "SELECT * FROM orders LIMIT 10"', 'print a table, or tabs in a pipe'],
      ['xano query --file report.sql --csv > report.csv', 'read SQL from a file, print CSV'],
      ['echo "SUMMARIZE orders" | xano query --json', 'read SQL from a pipe, print JSON'],
    ],
  });
}

async function query(given: string | undefined, flags: QueryFlags, context: Context): Promise<number> {
  const { streamQuery, XanoError } = await import('../../../index.js');
  const { createPrinter } = await import('../../output/output.js');
  const { printCsv, printJson, printTable, printTabs } = await import('./print.js');
  const printer = createPrinter(context, flags.color !== false);
  if (flags.to === '')
    throw new XanoError('USAGE', '--to is empty.', { hint: 'Name a file: --to xano.duckdb.' });
  const sql = await sqlOf(given, flags, context);
  const print =
    flags.json === true
      ? printJson
      : flags.csv === true
        ? printCsv
        : context.stdout.is_terminal
          ? printTable
          : printTabs;
  await streamQuery(flags.to, sql, (running) => print(running, context, printer), {
    sleep: context.sleep,
    signal: context.signal,
    ...placeOptions(flags, context, printer),
  });
  return 0;
}

/** The SQL of the argument, the file or stdin. Throws USAGE without any. */
async function sqlOf(given: string | undefined, { file }: QueryFlags, context: Context): Promise<string> {
  const { XanoError } = await import('../../../index.js');
  if (file !== undefined && given !== undefined)
    throw new XanoError('USAGE', 'The SQL was given twice: as an argument and with --file.', {
      hint: 'Remove one of them.',
    });
  if (file !== undefined) {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(file);
    } catch (cause) {
      const { fileTrouble } = await import('../../../session/file-failures.js');
      throw new XanoError('USAGE', fileTrouble(file, 'read', cause), {
        hint: 'Name a file that holds SQL with --file.',
        cause,
      });
    }
    return sqlIn(bytes, file);
  }
  if (given !== undefined && given !== '-') return given;
  if (context.stdin.is_terminal && given === undefined)
    throw new XanoError('USAGE', 'No SQL was given.', {
      hint: 'Give the SQL in quotes: xano query "SELECT count(*) FROM orders".',
    });
  const chunks: Buffer[] = [];
  for await (const chunk of context.stdin.stream) chunks.push(Buffer.from(chunk));
  return sqlIn(Buffer.concat(chunks), 'Standard input');
}

async function sqlIn(bytes: Uint8Array, source: string): Promise<string> {
  const { fileText, notText, unmarked } = await import('../../../session/tokens/file-text.js');
  const { XanoError } = await import('../../../index.js');
  const read = fileText(bytes);
  if (read === undefined) throw new XanoError('USAGE', notText(source), { hint: 'Save the SQL as UTF-8.' });
  return unmarked(read.text);
}
