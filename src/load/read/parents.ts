/** Parents: the config of each one's list, and the values that its rows get from the parent. */
import type { RowsFound } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import { didYouMean } from '../../names.js';
import { bindEndpoint } from '../../rest/config/bind.js';
import type { EndpointConfig, ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import { includedName } from '../../rest/config/parent.js';
import type { Constant } from '../../rest/decode/record-schema.js';
import type { Column } from '../../table/column.js';
import type { LostParent } from './parent-failures.js';
import type { ReadContext } from './read-context.js';

/** Throws CONFIG_INVALID when the parent lacks a column that is bound or included. */
export function assertColumns({ name, parent }: EndpointConfig, { columns, is_empty }: RowsFound): void {
  if (is_empty) return;
  const wanted = [...Object.values(parent?.bind ?? {}), ...(parent?.include ?? [])];
  const known = columns.map((column) => column.name);
  const missing = wanted.find((column) => !known.includes(column));
  if (missing === undefined) return;
  throw new XanoError(
    'CONFIG_INVALID',
    `"${name}" refers to column "${missing}" of "${parent?.resource}", which does not exist${didYouMean(known, missing)}`,
  );
}

/** The config of one parent's list, and the values that its records get from the parent. */
export function childOf<C extends EndpointConfig>(
  config: C,
  { columns }: RowsFound,
  row: readonly string[],
): { readonly config: C; readonly constants: readonly Constant[] } {
  const { resource, bind = {}, include = [] } = config.parent ?? { resource: '' };
  const value = (column: string): string => row[columns.findIndex(({ name }) => name === column)] ?? 'null';
  const values = new Map(Object.entries(bind).map(([name, column]) => [name, value(column)]));
  const constants = include.map((column) => ({ name: includedName(resource, column), json: value(column) }));
  return { config: bindEndpoint(config, values), constants };
}

/** The values of a parent that are bound in its list's request. */
export function boundOf(
  { parent }: EndpointConfig,
  { columns }: RowsFound,
  row: readonly string[],
): LostParent['parent'] {
  const bound = new Set(Object.values(parent?.bind ?? {}));
  return Object.fromEntries(
    columns.flatMap(({ name }, at) => (bound.has(name) ? [[name, row[at] ?? 'null']] : [])),
  );
}

/** The config with the columns that rows get from their parents, with the types that they have there. */
export async function withIncluded(
  { config, writer, on_column }: ReadContext,
  { columns }: RowsFound,
): Promise<ResolvedEndpoint> {
  const { parent, columns: declared = [] } = config;
  const included = (parent?.include ?? []).flatMap((name): Column[] => {
    const column = columns.find((column) => column.name === name);
    const called = includedName(parent?.resource ?? '', name);
    if (column === undefined || declared.some((column) => column.name === called)) return [];
    const { description: _, ...type } = column;
    return [{ ...type, name: called }];
  });
  if (included.length > 0) await writer.widen(...included);
  for (const column of included) on_column(column);
  return { ...config, columns: [...declared, ...included] };
}
