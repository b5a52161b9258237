/**
 * `xano schema`: prints tables with columns, types, keys and references.
 * In: a workspace of Xano, or a loaded file.
 * Out: text, JSON, Markdown, or a Mermaid diagram.
 */
import { Command, Option } from 'commander';
import type { SchemaTable } from '../../../index.js';
import type { Context, Finish } from '../../context.js';
import {
  withOutputOptions,
  withTokenOptions,
  withWorkspaceOptions,
  type XanoFlags,
} from '../../input/options.js';
import { type PlaceFlags, placeOptions, withPlaceOptions } from '../../input/place-options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import type { Printer } from '../../output/output.js';

/** The default schema of a load. */
const DATASET = 'xano_data';

interface SchemaFlags extends XanoFlags, PlaceFlags {
  readonly to?: string;
  readonly json?: boolean;
  readonly mermaid?: boolean;
  readonly markdown?: boolean;
  readonly sql?: 'postgres';
  readonly dataset?: string;
}

/** Makes `xano schema`. */
export function schemaCommand(context: Context, finish: Finish): Command {
  const source = withWorkspaceOptions(
    new Command('schema').description(
      'show tables with their columns, types, keys and references: in Xano, or in a loaded file',
    ),
  )
    .argument('[name...]', 'tables by name or id; default all')
    .option('--to <destination>', 'show the tables of a load instead, without Xano types');
  const command = withPlaceOptions(source);
  withTokenOptions(command)
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print one JSON object')
    .addOption(new Option('--mermaid', 'print an entity relationship diagram in Mermaid').conflicts('json'))
    .addOption(
      new Option('--sql <dialect>', 'print the statements that make these tables')
        .choices(['postgres'])
        .conflicts(['json', 'mermaid']),
    )
    .addOption(
      new Option('--markdown', 'print a page for SCHEMA.md, without rows').conflicts([
        'json',
        'mermaid',
        'sql',
      ]),
    )
    .addOption(
      new Option(
        '--dataset <schema>',
        `with --sql: the schema that the statements make (default: ${DATASET}; of a file: its own)`,
      ).conflicts('to'),
    )
    .action(async (names: string[], flags: SchemaFlags) => finish(await schema(names, flags, context)));
  return withManual(withOutputOptions(command), {
    examples: [
      ['xano schema --workspace Shop', 'print tables, types, keys and references'],
      ['xano schema orders order_items', 'print two tables'],
      ['xano schema --mermaid > schema.mmd', 'print a diagram'],
      ['xano schema --markdown > SCHEMA.md', 'write a page for people and assistants'],
      ['xano schema --sql postgres > shop.sql', 'print CREATE TABLE statements for Postgres'],
      ['xano schema --to shop.duckdb', 'print the schema of a loaded file; needs no token'],
    ],
  });
}

/** The source of a schema. */
interface Place {
  readonly instance: string | null;
  readonly workspace: string | null;
  readonly file: string | null;
}

async function schema(names: readonly string[], flags: SchemaFlags, context: Context): Promise<number> {
  const { toPostgresDdl } = await import('../../../index.js');
  const { createPrinter } = await import('../../output/output.js');
  const { markdownOf } = await import('./markdown.js');
  const { mermaidOf } = await import('./mermaid.js');
  const { pickTables, printSchema } = await import('./print.js');
  const printer = createPrinter(context, flags.color !== false);
  await assertSense(flags);
  const { tables: all, ...source } =
    flags.to === undefined
      ? await schemaOfXano(flags, context, printer)
      : await schemaOfFile(flags.to, flags, context, printer);
  const where = source.file === null ? `Workspace "${source.workspace}"` : source.file;
  const tables = pickTables(all, names, where);
  if (flags.json === true) printer.json({ ...source, tables });
  else if (flags.mermaid === true) printer.verbatim(mermaidOf(tables, all).join('\n'));
  else if (flags.markdown === true)
    printer.verbatim(markdownOf(tables, source.file ?? source.workspace ?? '').join('\n'));
  else if (flags.sql !== undefined)
    printer.verbatim(toPostgresDdl(all, { schema: flags.dataset ?? DATASET, chosen: tables }).trimEnd());
  else printSchema(tables, printer);
  return 0;
}

/** Throws USAGE for flags that mean nothing where they are. */
async function assertSense({ to, sql, dataset }: SchemaFlags): Promise<void> {
  const { XanoError } = await import('../../../index.js');
  if (to === '') throw new XanoError('USAGE', '--to is empty.', { hint: 'Name a file: --to xano.duckdb.' });
  if (dataset === undefined) return;
  if (sql === undefined)
    throw new XanoError('USAGE', '--dataset needs --sql.', { hint: 'Add --sql postgres.' });
  // Postgres refuses to make such a schema, or keeps its own tables in it.
  if (dataset === '' || dataset.startsWith('pg_') || dataset === 'information_schema')
    throw new XanoError('USAGE', `"${dataset}" is reserved; Postgres cannot have tables in it.`, {
      hint: 'Give another name with --dataset.',
    });
}

async function schemaOfFile(
  to: string,
  flags: PlaceFlags,
  context: Context,
  printer: Printer,
): Promise<Place & { tables: SchemaTable[] }> {
  const { openStore } = await import('../../../index.js');
  const store = await openStore(to, placeOptions(flags, context, printer));
  try {
    const tables = await store.schema({ sleep: context.sleep });
    return { instance: null, workspace: null, file: store.label, tables };
  } finally {
    await store.close();
  }
}

/** Throws Xano's refusal if the token may not list the tables. */
async function schemaOfXano(
  flags: SchemaFlags,
  context: Context,
  printer: Printer,
): Promise<Place & { tables: SchemaTable[] }> {
  const { workspaceSchema } = await import('../../../index.js');
  const { workspaceCatalog } = await import('../../../session/catalog.js');
  const { connect } = await import('../../../session/connect.js');
  const { frontEnd } = await import('../../input/front-end.js');
  const { warnOfOmissions } = await import('../../output/warnings.js');
  const front = frontEnd(flags, context, printer);
  const connection = await connect(flags, context, front);
  const catalog = await workspaceCatalog(connection, front.notify, { api_groups: false });
  warnOfOmissions(catalog.omitted, printer);
  // Discovery returns exactly one workspace, or throws.
  const [instance] = catalog.instances;
  const workspace = instance!.workspaces[0]!;
  return {
    instance: instance!.name,
    workspace: workspace.name,
    file: null,
    tables: workspaceSchema(workspace),
  };
}
