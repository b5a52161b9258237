/**
 * The part `project` of a config file: what a folder loads, where to, and how fresh it must be.
 * This room reads the file of a project.
 * In: a folder or a file, and the environment.
 * Out: sources and destinations, as the flags of a command give them; or an error with the line of each
 * mistake.
 */
import { z } from 'zod';
import { HISTORY_KINDS, MASKS } from '../index.js';
import { notifySchema } from '../notify/notify-schema.js';
import { scheduleSchema } from '../schedule/schedule-schema.js';
import { EVERY_TABLE } from '../session/tables/source-defaults.js';
import { parsePartition, wrongPartition } from '../table/partition.js';

/** The name of a project, a source or a destination: also part of file names and of names of timers. */
const NAME = /^[A-Za-z0-9][\w-]{0,62}$/;

const text = z.string().min(1);

const name = z.string().regex(NAME, {
  error: ({ input }) =>
    `found ${JSON.stringify(input)}; allowed are letters, digits, - and _, 63 at most, the first no sign`,
});

/** Xano's ids are numbers. */
const nameOrId = z.union([text, z.int().min(1)]).transform(String);

const names = z.array(nameOrId).min(1);

const wrongTime = ({ input }: { readonly input?: unknown }): string =>
  `found ${JSON.stringify(input)}; allowed is a time such as 90m, 26h or 7d`;

/** A time as flags take it. */
const duration = z.string({ error: wrongTime }).regex(/^(?:\d{1,6}[smhdw])+$/, { error: wrongTime });

const condition = z.string().regex(/[<>=]/, {
  error: ({ input }) =>
    `found ${JSON.stringify(input)}; allowed is COLUMN OPERATOR VALUE, such as "created_at >= 2026-01-01"`,
});

const partition = z.string().refine((text) => parsePartition(text) !== undefined, {
  error: ({ input }) => wrongPartition(input),
});

/** What is wanted of one table. */
const tableSchema = z.strictObject({
  exclude: z.array(text).min(1).optional().describe('columns that are not loaded'),
  mask: z
    .record(text, z.enum(MASKS))
    .optional()
    .describe('columns whose values are not stored as they are, each with its mask'),
  where: z
    .union([condition.transform((only) => [only]), z.array(condition).min(1)])
    .optional()
    .describe('load only the rows that meet this condition, or all of these'),
  limit: z.int().min(1).max(1_000_000_000).optional().describe('load only so many rows, the first by key'),
  partition_by: partition
    .optional()
    .describe('in a folder of Parquet files: a file for each year, month or day of a column'),
});

const tables = z
  .union([names, z.record(text, tableSchema.nullable())])
  .describe(
    'the tables to load: a list of names, or a map from names to what is wanted of each; * is every other table',
  );

/** What a source of a project may say, and a project with one source says itself. */
export const sourceFields = {
  profile: name.optional().describe('the stored login to use'),
  instance: text.optional().describe('the instance, by name or by its address'),
  workspace: nameOrId.optional().describe('the workspace, by name or id'),
  data_source: text.optional().describe('the data source to read instead of live'),
  dataset: text.optional().describe('the schema of the destination that tables are loaded into'),
  tables: tables.optional(),
  exclude_tables: z.array(text).min(1).optional().describe('tables that are not loaded; * is any text'),
  write_disposition: z.enum(['replace', 'append', 'merge']).optional(),
  incremental: text.optional().describe('the column that tells new and changed rows'),
  history: z
    .array(z.enum(HISTORY_KINDS))
    .min(1)
    .optional()
    .describe('what Xano forgets after a day, and a load keeps'),
};

const variable = /\$\{[A-Za-z_]\w*\}/g;

const destination = text
  .superRefine((given, context) => {
    const wrong = wrongDestination(given);
    if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong });
  })
  .describe('where to load: what --to takes; ${NAME} is an environment variable');

/**
 * Why a destination is refused, as the rest of a sentence. It never holds the destination: it may be a
 * secret.
 */
function wrongDestination(given: string): string | undefined {
  const plain = given.replace(variable, '');
  if (plain.includes('${')) return 'has a variable of another form; allowed is ${NAME}';
  if (/^[a-z]+:\/\/[^/?#@:]*:[^/?#@]+@/i.test(plain) || /[?&]password=[^&]/i.test(plain))
    return 'holds a password; allowed is a variable of the environment, such as ${DATABASE_URL}';
  return undefined;
}

const fields = z.strictObject({
  name: name.optional().describe('name of the project; default: the name of its folder'),
  ...sourceFields,
  sources: z
    .record(name, z.strictObject(sourceFields))
    .optional()
    .describe('several sources by name; what one does not say is as above'),
  destination: destination.optional(),
  destinations: z.record(name, destination).optional().describe('several destinations by name'),
  max_age: duration.optional().describe('older tables are stale: the default of --max-age'),
  schedule: scheduleSchema.optional().describe('when to load'),
  notify: notifySchema.optional().describe('who hears of loads'),
});

/** What a project says. */
export type ProjectSettings = z.infer<typeof fields>;
/** What one source says. */
export type SourceSettings = NonNullable<ProjectSettings['sources']>[string];
/** What is wanted of one table. */
export type TableSettings = z.infer<typeof tableSchema>;

/** The lists beside a project are one more source, of this name. */
export const LISTS = 'resources';

/** The part `project` of a config file. */
export const projectSchema = fields.superRefine((project, context) => {
  for (const { path, message } of contradictions(project))
    context.addIssue({ code: 'custom', path: [...path], message });
});

/** A mistake that two fields make together. */
export interface Contradiction {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Fields that each source has for itself. */
const OF_ONE_SOURCE = ['workspace', 'data_source', 'tables', 'dataset'] as const;

function contradictions(project: ProjectSettings): Contradiction[] {
  const { sources, destinations, destination: one } = project;
  const found: Contradiction[] = [];
  if (sources !== undefined)
    for (const field of OF_ONE_SOURCE)
      if (project[field] !== undefined)
        found.push({ path: [field], message: 'excludes sources: give it to each of them' });
  if (one !== undefined && destinations !== undefined)
    found.push({ path: ['destination'], message: 'excludes destinations: keep one of the two' });
  for (const [field, given] of Object.entries({ sources, destinations }))
    if (given !== undefined && Object.keys(given).length === 0)
      found.push({ path: [field], message: 'is empty' });
  found.push(...contradictionsOf(project, []));
  for (const [name, source] of Object.entries(sources ?? {})) {
    found.push(
      ...contradictionsOf(
        { incremental: project.incremental, write_disposition: project.write_disposition, ...source },
        ['sources', name],
      ),
    );
    if (name === LISTS)
      found.push({
        path: ['sources', name],
        message: 'is the name of the lists beside the project: give another',
      });
  }
  return [...found, ...sharedDatasets(sources ?? {})];
}

/** A condition about every table would fail where one lacks its column. */
function everyWhere({ tables }: SourceSettings, path: readonly PropertyKey[]): Contradiction[] {
  const every = Array.isArray(tables) ? undefined : tables?.[EVERY_TABLE];
  return every?.where === undefined
    ? []
    : [{ path: [...path, 'tables', EVERY_TABLE, 'where'], message: 'excludes *: give it to single tables' }];
}

/** The contradictions of one source, whose fields are below this path. */
export function contradictionsOf(source: SourceSettings, path: readonly PropertyKey[]): Contradiction[] {
  const { incremental, write_disposition, dataset } = source;
  const reserved = ['_xano', 'information_schema', 'pg_catalog'];
  return [
    ...everyWhere(source, path),
    ...(incremental !== undefined && write_disposition === 'replace'
      ? [
          {
            path: [...path, 'write_disposition'],
            message:
              'found "replace", which would delete every row that is not new; allowed with incremental are "merge", "append"',
          },
        ]
      : []),
    ...(dataset !== undefined && reserved.includes(dataset.toLowerCase())
      ? [{ path: [...path, 'dataset'], message: `found ${JSON.stringify(dataset)}, which is reserved` }]
      : []),
  ];
}

/** Tables of two sources would take the place of each other. */
function sharedDatasets(sources: Readonly<Record<string, SourceSettings>>): Contradiction[] {
  const owners = new Map<string, string>();
  return Object.entries(sources).flatMap(([name, { dataset = name }]) => {
    const folded = dataset.toLowerCase();
    const owner = owners.get(folded);
    if (owner === undefined) owners.set(folded, name);
    return owner === undefined
      ? []
      : [
          {
            path: ['sources', name, 'dataset'],
            message: `found ${JSON.stringify(dataset)}, which is also the dataset of sources.${owner}: give each its own`,
          },
        ];
  });
}
