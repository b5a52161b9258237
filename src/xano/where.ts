/** Conditions on the rows of a table, in the grammar of Xano's content search. Pure. */
import { XanoError } from '../errors.js';
import type { JsonObject } from '../json.js';
import type { Column } from '../table/column.js';

/** One condition, as people write it. */
export interface WrittenCondition {
  /** As written, for errors. */
  readonly option: string;
  readonly column: Column;
  readonly operator: Operator;
  readonly value: string;
}

/** The operators of conditions. */
export const OPERATORS = ['>=', '<=', '=', '>', '<'] as const;
/** An operator of a condition. */
export type Operator = (typeof OPERATORS)[number];

/** A value of a column as JSON; for types with a next and a previous value, the way to step to it. */
interface Reader {
  readonly read: (text: string) => string | number | boolean | undefined;
  readonly expected: string;
  /** Absent: the type has no order that Xano documents. */
  readonly is_ordered?: true;
  readonly step?: (value: string | number | boolean, by: 1 | -1) => string | number;
}

/** A text without the quotes around it. */
function unquoted(given: string): string {
  const [first] = given;
  const isQuoted = given.length > 1 && (first === '"' || first === "'") && given.endsWith(first);
  return isQuoted ? given.slice(1, -1) : given;
}

const DAY_MS = 86_400_000;
const WHOLE = /^-?\d+$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** What follows a day: nothing, or a time with its zone. */
const TIME = /^(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:?\d{2}))?$/;

/** Undefined beyond 2^53, where JavaScript would send another number. */
const wholeNumber = (given: string): number | undefined =>
  WHOLE.test(given) && Number.isSafeInteger(Number(given)) ? Number(given) : undefined;

/** Whether a text is a day of the calendar: JavaScript takes 2026-02-30 for a day in March. */
function isDay(given: string): boolean {
  const ms = DATE.test(given) ? Date.parse(given) : Number.NaN;
  return !Number.isNaN(ms) && dayOf(ms) === given;
}

const text: Reader = {
  read: unquoted,
  expected: 'a text',
};

const READERS: { readonly [type in Column['type']]?: Reader } = {
  BIGINT: {
    read: wholeNumber,
    expected: 'a whole number',
    is_ordered: true,
    step: (value, by) => Number(value) + by,
  },
  DOUBLE: {
    read: (given) => (given !== '' && Number.isFinite(Number(given)) ? Number(given) : undefined),
    expected: 'a number',
    is_ordered: true,
  },
  TIMESTAMPTZ: {
    read: (given) => {
      if (WHOLE.test(given)) return wholeNumber(given);
      // Without a zone JavaScript takes a time for local.
      const ms = isDay(given.slice(0, 10)) && TIME.test(given.slice(10)) ? Date.parse(given) : Number.NaN;
      return Number.isNaN(ms) ? undefined : ms;
    },
    expected: 'a date (2026-01-31), a time with its zone (2026-01-31T12:00:00Z) or epoch milliseconds',
    is_ordered: true,
    step: (value, by) => Number(value) + by,
  },
  DATE: {
    read: (given) => (isDay(given) ? given : undefined),
    expected: 'a date (2026-01-31)',
    is_ordered: true,
    step: (value, by) => dayOf(Date.parse(String(value)) + by * DAY_MS),
  },
  BOOLEAN: {
    read: (given) => (given === 'true' ? true : given === 'false' ? false : undefined),
    expected: 'true or false',
  },
  VARCHAR: text,
  UUID: text,
};

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/**
 * The condition as `content/search` takes it. Xano documents `=`, `>` and `<`; `>=` and `<=` become those
 * with the neighbour of the value. Throws USAGE.
 */
export function searchCondition({ option, column, operator, value }: WrittenCondition): JsonObject {
  const reader = column.list ? undefined : READERS[column.type];
  if (reader === undefined)
    throw new XanoError(
      'USAGE',
      `${option}: "${column.name}" is a list or JSON, which Xano cannot compare.`,
      {
        hint: 'Name a column of numbers, texts, times, dates, true and false, or UUIDs.',
      },
    );
  const read = reader.read(value);
  if (read === undefined)
    throw new XanoError('USAGE', `${option}: "${value}" is not a value of "${column.name}".`, {
      hint: `Give ${reader.expected}.`,
    });
  if (operator === '=') return { [column.name]: read };
  const step = operator.length === 1 ? undefined : reader.step;
  if (reader.is_ordered !== true || (operator.length > 1 && step === undefined))
    throw new XanoError('USAGE', `${option}: Xano does not document ${operator} for "${column.name}".`, {
      hint: reader.is_ordered === true ? 'Use = or > or <.' : 'Use =.',
    });
  const name = `${column.name}|${operator[0]!}`;
  if (step === undefined) return { [name]: read };
  return { [name]: step(read, operator === '>=' ? -1 : 1) };
}
