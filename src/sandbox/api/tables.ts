/** Tables, columns and indexes, as the Metadata API describes them. */
import type { Json, JsonObject } from '../../json.js';
import { type Answer, answer, inputError, isAnswer, notFound } from '../answers.js';
import type { LocalField, LocalIndex, LocalTable } from '../data/model.js';
import type { Settings } from '../settings.js';
import { LIST_LIMITS, metadataPage, readQueryPage } from './paging.js';

/** The fields by which a metadata list can be sorted and searched. */
export interface Listed {
  readonly name: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** The sort and order a metadata list has when a request names none. */
export interface ListOrder {
  readonly sort: 'name' | 'created_at' | 'updated_at';
  readonly order: 'asc' | 'desc';
}

/** Applies `search`, `sort` and `order` of a query to a metadata list; `search` matches the name. */
export function arrange<T extends Listed>(
  list: readonly T[],
  query: URLSearchParams,
  standard: ListOrder,
): readonly T[] | Answer {
  const search = (query.get('search') ?? '').toLowerCase();
  const sort = query.get('sort') ?? standard.sort;
  const order = query.get('order') ?? standard.order;
  if (sort !== 'name' && sort !== 'created_at' && sort !== 'updated_at') {
    return inputError('Value must be one of: created_at, updated_at, name.', 'sort');
  }
  if (order !== 'asc' && order !== 'desc') return inputError('Value must be one of: asc, desc.', 'order');
  const ascending = list
    .filter(({ name }) => name.toLowerCase().includes(search))
    .toSorted((a, b) => (a[sort] < b[sort] ? -1 : a[sort] > b[sort] ? 1 : 0));
  return order === 'asc' ? ascending : ascending.toReversed();
}

/** `GET …/table`, in the shape the settings ask for. */
export function listTables(
  tables: readonly LocalTable[],
  query: URLSearchParams,
  settings: Settings,
  withSchema: boolean,
): Answer {
  // Xano's documentation of 2023 shows every table in one array.
  if (settings.table_list === 'array') return answer(tables.map((table) => describeTable(table, withSchema)));
  const asked = readQueryPage(query, LIST_LIMITS);
  if (isAnswer(asked)) return asked;
  const arranged = arrange(tables, query, { sort: 'name', order: 'asc' });
  if (isAnswer(arranged)) return arranged;
  const page = metadataPage(
    arranged.map((table) => describeTable(table, withSchema)),
    asked,
  );
  return answer(settings.table_list === 'array_of_envelopes' ? [page] : page);
}

/** One table; `schema` and `index` are keys only where the server and the token show them. */
export function describeTable(table: LocalTable, withSchema: boolean): JsonObject {
  const { id, name, description, docs, guid, created_at, updated_at, auth, tag } = table;
  const base = { id, name, description, docs, guid, created_at, updated_at, auth, tag, autocomplete: [] };
  const columns = withSchema
    ? { schema: table.schema.map(describeField), index: table.index.map(describeIndex) }
    : {};
  return { ...base, ...columns, xanoscript: null };
}

/** `GET …/schema`. */
export function listFields(table: LocalTable): Answer {
  return answer(table.schema.map(describeField));
}

/** `GET …/schema/{schema_name}`. */
export function readField(table: LocalTable, name: string): Answer {
  const field = table.schema.find((candidate) => candidate.name === name);
  return field === undefined ? notFound() : answer(describeField(field));
}

/** `GET …/index`. */
export function listIndexes(table: LocalTable): Answer {
  return answer(table.index.map(describeIndex));
}

/** A column as JSON. */
export function describeField(field: LocalField): JsonObject {
  // A LocalField holds only JSON values; TypeScript cannot tell, because an interface has no index signature.
  return field as unknown as JsonObject;
}

function describeIndex(index: LocalIndex): Json {
  // As for fields.
  return index as unknown as Json;
}
