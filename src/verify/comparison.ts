/**
 * One table's two sides, made comparable: the source is read under the conditions and with the masks of the
 * load. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../json.js';
import { withMasks } from '../rest/config/columns/masked-columns.js';
import type { EndpointConfig, ResolvedEndpoint } from '../rest/config/endpoint-config.js';
import { isResolved } from '../rest/config/endpoint-config.js';
import { conditionsIn } from '../rest/paging/requests/keyset-request.js';
import { type Column, storedNames } from '../table/column.js';
import { MASKS, type Mask, storedMask } from '../table/mask.js';
import { HIDDEN_VALUE, isSameSource } from '../table/source-ids.js';
import type { HeldTable } from './held-tables.js';

/** A column that both sides have. */
export interface ComparedColumn extends Column {
  /** Its name in the destination. */
  readonly stored: string;
}

/** A table whose two sides can be compared. */
export interface Comparison {
  readonly held: HeldTable;
  /** Reads the source as the load did, without a limit, fallback or incremental reading. */
  readonly config: ResolvedEndpoint & { readonly pagination: KeysetPagination };
  readonly key: ComparedColumn;
  /** All compared columns, the key among them. */
  readonly columns: readonly ComparedColumn[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** Columns that the loads made, and that the destination no longer has. */
  readonly lost: readonly string[];
  /** Columns whose times tell that a row changed, or came, after the load. */
  readonly updated: ComparedColumn | undefined;
  readonly created: ComparedColumn | undefined;
  /** The load read no more than so many rows. */
  readonly limit: number | undefined;
}

/** The pagination of a list that is read by key. */
export type KeysetPagination = Extract<ResolvedEndpoint['pagination'], { type: 'keyset' }>;

/** Why a table cannot be compared. */
export interface Incomparable {
  readonly reason: string;
}

/** The table that a config fills: the same table of the same source, or the resource of that name. */
export function heldFor(
  endpoint: EndpointConfig,
  held: readonly HeldTable[],
  dataset: string | undefined,
): HeldTable[] {
  const { origin, name } = endpoint;
  return held.filter(
    (table) =>
      (dataset === undefined || table.schema === dataset) &&
      (origin === undefined
        ? table.origin === null && table.resource === name
        : isSameSource(table.origin, origin)),
  );
}

/** Makes the two sides of a table comparable. */
export function comparisonOf(
  endpoint: EndpointConfig,
  held: HeldTable,
  mask_key: string | undefined,
  as: (name: string) => string,
): Comparison | Incomparable {
  const { pagination } = endpoint;
  if (!isResolved(endpoint) || pagination.type !== 'keyset')
    return { reason: 'The list is not read by key, so rows cannot be looked up.' };
  const where = conditionsOf(endpoint, pagination, held);
  if ('reason' in where) return where;
  const { columns, skipped, lost } = comparedColumns(endpoint, held, mask_key, as);
  const key = columns.find(({ name }) => name === pagination.key);
  if (key === undefined || (key.type !== 'BIGINT' && key.type !== 'UUID') || key.list)
    return { reason: `Its key "${pagination.key}" is neither a whole number nor a UUID.` };
  const names = new Set(columns.map(({ name }) => name));
  const { incremental: _, fallback: __, limit: ___, excluded, columns: declared = [], ...rest } = endpoint;
  const unused = declared.map(({ name }) => name).filter((name) => !names.has(name));
  return {
    held,
    key,
    columns,
    skipped,
    lost,
    updated: columns.find((column) => isTimeOf(UPDATED, column, endpoint.incremental?.cursor_path)),
    created: columns.find((column) => isTimeOf(CREATED, column)),
    limit: limitOf(endpoint, held),
    config: {
      ...rest,
      pagination,
      write_disposition: 'replace',
      body: {
        ...Object.fromEntries(
          Object.entries(endpoint.body ?? {}).filter(([name]) => name !== pagination.filter_param),
        ),
        ...(where.conditions.length === 0 ? {} : { [pagination.filter_param]: where.conditions }),
      },
      columns: withMasks(declared, masksIn(columns)).filter(({ name }) => names.has(name)),
      excluded: [...new Set([...excluded, ...unused, ...lost, ...skipped.map(({ name }) => name)])],
    } as Comparison['config'],
  };
}

/** The conditions of the load, as the state keeps them; of those that it hides, the ones that are given. */
function conditionsOf(
  { body }: EndpointConfig,
  { filter_param }: KeysetPagination,
  { origin }: HeldTable,
): { readonly conditions: readonly JsonObject[] } | Incomparable {
  const given = conditionsIn(body?.[filter_param]);
  if (origin === null) return { conditions: given };
  const stored = conditionsIn(origin['where']);
  if (given.length === 0 && stored.some(isHidden))
    return { reason: 'It was loaded with a condition on a masked column: give the same --where again.' };
  const isSame = (one: JsonObject, other: JsonObject | undefined): boolean =>
    other !== undefined &&
    isDeepStrictEqual(isHidden(other) ? Object.keys(one) : one, isHidden(other) ? Object.keys(other) : other);
  if (
    given.length > 0 &&
    !(given.length === stored.length && given.every((one, i) => isSame(one, stored[i])))
  )
    return { reason: 'It was loaded with other conditions (--where).' };
  return { conditions: given.length > 0 ? given : stored };
}

const isHidden = (condition: JsonObject): boolean => Object.values(condition).includes(HIDDEN_VALUE);

/** The limit of the load; the state keeps it with the origin. */
function limitOf({ limit }: EndpointConfig, { origin }: HeldTable): number | undefined {
  const stored = origin?.['limit'];
  return origin === null ? limit : typeof stored === 'number' ? stored : undefined;
}

function comparedColumns(
  { columns = [] }: EndpointConfig,
  held: HeldTable,
  mask_key: string | undefined,
  as: (name: string) => string,
): Pick<Comparison, 'columns' | 'skipped' | 'lost'> {
  const stored = storedNames(held.columns);
  const declared = new Map(columns.map((column) => [column.name, column]));
  const compared: ComparedColumn[] = [];
  const skipped: { name: string; reason: string }[] = [];
  const lost: string[] = [];
  held.columns.forEach((column, i) => {
    const now = declared.get(column.name);
    const skip = (reason: string): void => void skipped.push({ name: column.name, reason });
    if (held.present?.has(as(stored[i]!)) !== true) {
      if (column.removed !== true) lost.push(column.name);
    } else if (column.removed === true || now === undefined) skip('the source no longer has it');
    else if (column.masked_as !== undefined && isOtherKey(column.masked_as, mask_key))
      skip('it was masked with another key than XANO_MASK_KEY');
    else if (column.masked_as === undefined && now.mask === undefined && isRetyped(column, now))
      skip('its type has changed at the source');
    else compared.push({ ...column, stored: stored[i]! });
  });
  const known = new Set(held.columns.map(({ name }) => name));
  for (const { name } of columns)
    if (!known.has(name)) skipped.push({ name, reason: 'the destination does not have it' });
  return { columns: compared, skipped, lost };
}

const isRetyped = (stored: Column, now: Pick<Column, 'type' | 'list'>): boolean =>
  stored.shape === undefined && (stored.type !== now.type || stored.list !== now.list);

function isOtherKey(masked_as: string, mask_key: string | undefined): boolean {
  return (
    masked_as.startsWith('hash:') && (mask_key === undefined || storedMask('hash', mask_key) !== masked_as)
  );
}

function masksIn(columns: readonly ComparedColumn[]): Record<string, Mask> {
  return Object.fromEntries(
    columns.flatMap(({ name, masked_as }) => {
      const mask = MASKS.find((one) => one === masked_as?.split(':')[0]);
      return mask === undefined ? [] : [[name, mask]];
    }),
  );
}

/**
 * Names of columns with the time of a row's last change, and of its creation, folded: without `_` and case.
 */
const UPDATED = [
  ...['updatedat', 'updated', 'updatedon', 'updatedate', 'dateupdated', 'lastupdated', 'lastupdate'],
  ...['modifiedat', 'modified', 'modifiedon', 'lastmodified', 'changedat', 'editedat', 'lastchanged'],
];
const CREATED = ['createdat', 'created', 'createdon', 'creationdate', 'datecreated', 'insertedat'];

function isTimeOf(names: readonly string[], column: ComparedColumn, own?: string): boolean {
  const isTime = column.type === 'TIMESTAMPTZ' && !column.list && column.masked_as === undefined;
  return isTime && (column.name === own || names.includes(column.name.toLowerCase().replaceAll('_', '')));
}
