/** The body of `POST …/content/search`: read by the documented grammar and nothing beyond it. */
import { type Answer, inputError, isAnswer } from '../answers.js';
import type { LocalField } from '../data/model.js';
import { elementsOf, membersOf } from '../data/raw-json.js';
import { type Comparable, comparableReader, compare, type ReadComparable } from './comparison.js';

/** The operators of Xano's documentation, and three more that a working client sends. */
export type SearchOperator = '=' | '!=' | '>' | '<' | '>=' | '<=' | 'in' | 'not in';

/** One condition on one column; several are joined from left to right, each by its own joiner. */
export interface Condition {
  readonly column: string;
  readonly operator: SearchOperator;
  readonly joined_by: 'and' | 'or';
  /** One value, or those of a list. */
  readonly values: readonly Comparable[];
  readonly read: ReadComparable;
}

/** One key of a sort. */
export interface SortKey {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
  readonly read: ReadComparable;
}

/** The conditions and the order of a search. */
export interface Search {
  readonly conditions: readonly Condition[];
  readonly sort: readonly SortKey[];
}

const TESTS: { readonly [operator in SearchOperator]: (order: readonly number[]) => boolean } = {
  '=': ([order]) => order === 0,
  '!=': ([order]) => order !== 0,
  '>': ([order]) => order! > 0,
  '<': ([order]) => order! < 0,
  '>=': ([order]) => order! >= 0,
  '<=': ([order]) => order! <= 0,
  in: (orders) => orders.includes(0),
  'not in': (orders) => !orders.includes(0),
};

function isOperator(text: string): text is SearchOperator {
  return Object.hasOwn(TESTS, text);
}

/** Reads `search`, given as JSON text; undefined where the body has none. */
export function readConditions(
  text: string | undefined,
  schema: readonly LocalField[],
  uuidComparison: boolean,
): readonly Condition[] | Answer {
  if (text === undefined) return [];
  const conditions: Condition[] = [];
  for (const part of partsOf(text) ?? []) {
    const condition = readCondition(part.name, part.text, schema, uuidComparison);
    if (isAnswer(condition)) return condition;
    conditions.push(condition);
  }
  return partsOf(text) === undefined
    ? searchError('Expects a condition or an array of conditions.')
    : conditions;
}

/** Reads `sort`, given as JSON text; undefined where the body has none. */
export function readSort(
  text: string | undefined,
  schema: readonly LocalField[],
): readonly SortKey[] | Answer {
  if (text === undefined) return [];
  const parts = partsOf(text);
  if (parts === undefined) return inputError('Expects {"column": "asc"} or an array of such.', 'sort');
  const keys: SortKey[] = [];
  for (const part of parts) {
    const direction: unknown = JSON.parse(part.text);
    const read = readerOf(part.name, schema);
    if (read === undefined) return inputError(`Cannot sort by ${part.name}.`, 'sort');
    if (direction !== 'asc' && direction !== 'desc') return inputError('Expects asc or desc.', 'sort');
    keys.push({ column: part.name, direction, read });
  }
  return keys;
}

// Only the first key of an object counts: a client observed this on a real server, and lost conditions. An
// empty object has none, and got a 400. Xano's own example sends an empty array for "no condition".
function partsOf(text: string): readonly { readonly name: string; readonly text: string }[] | undefined {
  if (text.startsWith('{')) {
    const first = membersOf(text)[0];
    return first && [first];
  }
  if (!text.startsWith('[')) return undefined;
  const parts = elementsOf(text).map((element) =>
    element.startsWith('{') ? membersOf(element)[0] : undefined,
  );
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

function readCondition(
  key: string,
  text: string,
  schema: readonly LocalField[],
  uuidComparison: boolean,
): Condition | Answer {
  const [column = '', operator = '=', joiner = '', ...more] = key.split('|');
  const read = readerOf(column, schema);
  if (read === undefined) return searchError(`Cannot search by ${column}.`);
  if (!isOperator(operator) || (joiner !== '' && joiner !== 'or') || more.length > 0) {
    return searchError(`Cannot read the condition ${key}.`);
  }
  const isUuid = schema.some((field) => field.name === column && field.type === 'uuid');
  if (isUuid && !uuidComparison && /^[<>]/.test(operator)) return searchError(`Cannot compare ${column}.`);
  const wantsList = operator === 'in' || operator === 'not in';
  const texts = wantsList ? (text.startsWith('[') ? elementsOf(text) : []) : [text];
  // Null tests are not documented, and null is not a value of any type here.
  const values = texts.map(read).filter((value) => value !== undefined);
  if (values.length === 0 || values.length < texts.length) return searchError(`Not a value for ${key}.`);
  return { column, operator, joined_by: joiner === 'or' ? 'or' : 'and', values, read };
}

// Columns that are not returned cannot be searched either: Xano's behaviour is unknown, so nothing may rely
// on it.
function readerOf(column: string, schema: readonly LocalField[]): ReadComparable | undefined {
  const field = schema.find(({ name }) => name === column);
  return field === undefined || field.access === 'internal' ? undefined : comparableReader(field);
}

function searchError(message: string): Answer {
  return inputError(message, 'search');
}

/** Whether a value meets a condition; null never does, as in SQL. */
function passes(condition: Condition, value: Comparable | undefined): boolean {
  if (value === undefined) return false;
  return TESTS[condition.operator](condition.values.map((wanted) => compare(value, wanted)));
}

/**
 * Whether conditions hold, joined from left to right without precedence: the documentation has no brackets.
 */
export function holds(
  conditions: readonly Condition[],
  read: (column: string) => Comparable | undefined,
): boolean {
  return conditions.reduce((held, condition, at) => {
    if (condition.joined_by === 'or' && at > 0) return held || passes(condition, read(condition.column));
    return held && passes(condition, read(condition.column));
  }, true);
}
