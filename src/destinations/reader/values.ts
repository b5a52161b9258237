/** Values of a query, exactly as DuckDB has them, and their spelling as text. Pure. */

/**
 * JSON that keeps its spelling: the value of a JSON column, or a number with more digits than JavaScript
 * keeps.
 */
export interface Spelled {
  readonly json: string;
}

/** A value by name in a struct or a map. */
export interface Named {
  readonly fields: readonly (readonly [name: string, value: QueryValue])[];
}

/**
 * One value: whole numbers of 64 bits and more are bigint; what JSON has no type for (dates, times, UUIDs) is
 * DuckDB's text.
 */
export type QueryValue = null | boolean | number | bigint | string | Spelled | Named | readonly QueryValue[];

/** A column of a query: a name that no other column of it has, and DuckDB's type. */
export interface QueryColumn {
  readonly name: string;
  readonly type: string;
}

/**
 * A value as JSON on one line. Numbers keep all their digits; NaN and the infinities, which JSON lacks, are
 * texts.
 */
export function valueAsJson(value: QueryValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isFinite(value) ? numberText(value) : `"${value}"`;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if ('json' in value) return isJson(value.json) ? onOneLine(value.json) : JSON.stringify(value.json);
  if ('fields' in value)
    return `{${value.fields.map(([name, member]) => `${JSON.stringify(name)}:${valueAsJson(member)}`).join(',')}}`;
  return `[${value.map(valueAsJson).join(',')}]`;
}

/** A value as text for a table or a CSV file; null for NULL. Lists, structs and maps are JSON. */
export function valueAsText(value: QueryValue): string | null {
  if (value === null) return null;
  if (typeof value === 'number') return numberText(value);
  if (typeof value !== 'object') return String(value);
  return 'json' in value ? value.json : valueAsJson(value);
}

/** A line of CSV as RFC 4180 has it, without its end: NULL is nothing, an empty text is `""`. */
export function csvLine(texts: readonly (string | null)[]): string {
  return texts.map((text) => (text === null ? '' : csvField(text))).join(',');
}

const csvField = (text: string): string =>
  text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** In valid JSON these only occur between its tokens: within a text they are escaped. */
const onOneLine = (json: string): string => json.replace(/[\t\r\n]+/g, ' ');

/** DuckDB accepts some texts as JSON that are not, such as NaN. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
