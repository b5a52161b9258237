/** Applies what the file of a project says of single tables. */
import {
  amended,
  asXanoError,
  didYouMean,
  type EndpointConfig,
  findNamed,
  type Table,
  type Workspace,
  XanoError,
} from '../../index.js';
import type { SourceDefaults, TableContent } from '../context.js';
import { chooseContent } from './choose-content.js';

/** The name that stands for every table of a workspace. */
export const EVERY_TABLE = '*';

/** Whether a project leaves out tables: a load of all others cannot tell which tables Xano has lost. */
export function isNarrowed(defaults: SourceDefaults | undefined): boolean {
  return defaults !== undefined && (defaults.tables !== undefined || defaults.exclude_tables.length > 0);
}

/** The configs without the tables that a project leaves out. Throws USAGE where none is left. */
export function withoutTables(
  endpoints: readonly EndpointConfig[],
  { exclude_tables, file }: Pick<SourceDefaults, 'exclude_tables' | 'file'>,
): readonly EndpointConfig[] {
  const kept = endpoints.filter(({ name }) => !exclude_tables.some((pattern) => matches(pattern, name)));
  if (kept.length === 0 && endpoints.length > 0)
    throw new XanoError('USAGE', `${file}: exclude_tables leaves no table.`, {
      hint: `Shorten exclude_tables; it has ${exclude_tables.join(', ')}.`,
    });
  return kept;
}

/** Whether a name is that of a pattern, in which `*` is any text. Linear in both. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === name;
  const last = rest.pop()!;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last))
    return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/**
 * The configs with the rows and columns that a project wants of each. Tables that this load does not read are
 * passed over. Throws USAGE, naming the file, for a table that the workspace lacks: it may have been renamed,
 * and its values must not be stored unmasked because of that. Also for a column that a table lacks.
 */
export function withContent(
  endpoints: readonly EndpointConfig[],
  workspace: Pick<Workspace, 'tables' | 'name'>,
  { content, file }: Pick<SourceDefaults, 'content' | 'file'>,
): readonly EndpointConfig[] {
  const wanted = Object.entries(content).flatMap(([key, part]) => {
    if (key === EVERY_TABLE) return ofEveryTable(endpoints, workspace, part, file);
    const table = tableOf(workspace, key, file);
    const endpoint = endpoints.find(({ origin }) => origin?.['table_id'] === table.id);
    return endpoint === undefined ? [] : [{ name: endpoint.name, ...part }];
  });
  if (wanted.length === 0) return endpoints;
  try {
    return chooseContent(endpoints, {
      where: wanted.flatMap(({ name, where }) => where.map((condition) => `${name}.${condition}`)),
      limit: wanted.flatMap(({ name, limit }) => (limit === undefined ? [] : [`${name}=${limit}`])),
      partition_by: wanted.flatMap(({ name, partition_by }) =>
        partition_by === undefined ? [] : [`${name}=${partition_by}`],
      ),
      exclude: wanted.flatMap(({ name, exclude }) => exclude.map((column) => `${name}.${column}`)),
      mask: wanted.flatMap(({ name, mask }) =>
        Object.entries(mask).map(([column, how]) => `${name}.${column}=${how}`),
      ),
    });
  } catch (thrown) {
    const error = asXanoError(thrown);
    throw amended(error, { message: `${file}, read as ${error.message}`, cause: thrown });
  }
}

/** What is wanted of every table that has the column. Throws USAGE for a column that none has. */
function ofEveryTable(
  endpoints: readonly EndpointConfig[],
  { tables, name: workspace }: Pick<Workspace, 'tables' | 'name'>,
  { exclude, mask, limit, partition_by }: TableContent,
  file: string,
): ({ readonly name: string } & TableContent)[] {
  const known = tables.flatMap(({ columns }) => (columns ?? []).map(({ name }) => name));
  for (const column of [...exclude, ...Object.keys(mask)])
    if (!known.includes(column))
      throw new XanoError(
        'USAGE',
        `${file} names the column "*.${column}", which no table of workspace "${workspace}" has${didYouMean([...new Set(known)], column)}`,
        { hint: '`xano schema` lists the columns of each table.' },
      );
  return endpoints.map(({ name, columns = [] }) => {
    const has = (column: string): boolean => columns.some((one) => one.name === column);
    const masks = Object.entries(mask).filter(([column]) => has(column));
    return {
      name,
      exclude: exclude.filter(has),
      mask: Object.fromEntries(masks),
      where: [],
      limit,
      partition_by,
    };
  });
}

function tableOf({ tables, name }: Pick<Workspace, 'tables' | 'name'>, key: string, file: string): Table {
  const [table, other] = findNamed(tables, key);
  if (table !== undefined && other === undefined) return table;
  const names = tables.map((one) => one.name);
  throw new XanoError(
    'USAGE',
    table === undefined
      ? `${file} names the table "${key}", which workspace "${name}" does not have${didYouMean(names, key)}`
      : `${file}: several tables have the name "${key}" in different upper and lower case.`,
    { hint: 'Write the name as `xano schema` lists it.' },
  );
}
