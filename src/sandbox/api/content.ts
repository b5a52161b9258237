/** The rows of a table, as the Metadata API serves them: browse, one row, search. */
import { type Answer, answerText, inputError, isAnswer, type LocalRequest, notFound } from '../answers.js';
import type { LocalRow, LocalTable, RowKey } from '../data/model.js';
import { isJsonText, membersOf, objectText } from '../data/raw-json.js';
import { findRow, rowsIn } from '../data/rows.js';
import type { Settings } from '../settings.js';
import { type PageAsked, type PageLimits, readPage, readQueryPage, rowsPage, slicePage } from './paging.js';
import { readConditions, readSort } from './search.js';
import { selectRows } from './select-rows.js';

const DATA_SOURCE = 'x-data-source';

/** The data source a request names in its header, `live` by default; an unknown label is refused. */
export function readDataSource(
  request: LocalRequest,
  known: readonly { readonly label: string }[],
): { readonly label: string } | Answer {
  const label = request.headers[DATA_SOURCE] ?? 'live';
  return known.find((source) => source.label === label) ?? inputError('Unknown data source.', DATA_SOURCE);
}

/** `GET …/content`: rows in stored order, since no order is documented. */
export function browse(
  table: LocalTable,
  dataSource: string,
  query: URLSearchParams,
  settings: Settings,
): Answer {
  const asked = readQueryPage(query, contentLimits(settings));
  return isAnswer(asked) ? asked : pageOf(table, rowsIn(table, dataSource).stored, asked, settings);
}

/** `GET …/content/{content_id}`: the bare row. */
export function readRow(table: LocalTable, dataSource: string, id: string): Answer {
  const key = rowKey(table, id);
  const row = key === undefined ? undefined : findRow(rowsIn(table, dataSource), key);
  return row === undefined ? notFound() : answerText(servedRow(table)(row));
}

/** `POST …/content/search`. */
export function searchContent(
  table: LocalTable,
  dataSource: string,
  body: string,
  settings: Settings,
): Answer {
  if (body !== '' && !(isJsonText(body) && body.trimStart().startsWith('{'))) {
    return inputError('Expects a JSON object.', 'body');
  }
  // The body stays text: JSON.parse would round an `id|>` beyond 2^53.
  const inputs = new Map(body === '' ? [] : membersOf(body).map(({ name, text }) => [name, text]));
  const asked = readPage(parsed(inputs.get('page')), parsed(inputs.get('per_page')), contentLimits(settings));
  if (isAnswer(asked)) return asked;
  const conditions = readConditions(inputs.get('search'), table.schema, settings.uuid_comparison);
  if (isAnswer(conditions)) return conditions;
  const sort = readSort(inputs.get('sort'), table.schema);
  if (isAnswer(sort)) return sort;
  const typeOf = (column: string): string => table.schema.find(({ name }) => name === column)?.type ?? '';
  const isEmpty = conditions.some(
    ({ column, operator }) => settings.empty_comparison?.(typeOf(column), operator) === true,
  );
  const rows = isEmpty ? [] : selectRows(rowsIn(table, dataSource), { conditions, sort });
  return pageOf(table, rows, asked, settings);
}

function contentLimits(settings: Settings): PageLimits {
  return { default: 50, max: settings.max_per_page, clamp: settings.clamp_per_page };
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

function pageOf(
  table: LocalTable,
  rows: readonly LocalRow[],
  asked: PageAsked,
  { totals }: Settings,
): Answer {
  return answerText(rowsPage(slicePage(rows, asked).map(servedRow(table)), asked, rows.length, totals));
}

/** The key in a path segment, if this table can have it. */
export function rowKey(table: LocalTable, segment: string): RowKey | undefined {
  const type = table.schema.find(({ name }) => name === 'id')?.type;
  if (type === 'uuid') return segment.toLowerCase();
  return /^-?\d{1,19}$/.test(segment) ? BigInt(segment) : undefined;
}

/**
 * A row in the Metadata API's format: all columns whatever their access (Xano's documentation), without
 * internal ones (missing in a live project). Passwords are hashed.
 */
function servedRow(table: LocalTable): (row: LocalRow) => string {
  return rowWithout(table.schema.filter(({ access }) => access === 'internal').map(({ name }) => name));
}

/** The text of a row without some columns; every other value keeps its spelling. */
export function rowWithout(columns: readonly string[]): (row: LocalRow) => string {
  if (columns.length === 0) return (row) => row.json;
  return (row) => objectText(membersOf(row.json).filter(({ name }) => !columns.includes(name)));
}
