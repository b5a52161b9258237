/** SQL text from data: names are quoted, texts are literals. Pure. */

/** A name as an SQL identifier, whatever it holds. */
export function quote(...names: string[]): string {
  return names.map((name) => `"${withoutNul(name).split('"').join('""')}"`).join('.');
}

/** A text as an SQL literal, whatever it holds. */
export function literal(text: string): string {
  return `'${withoutNul(text).split("'").join("''")}'`;
}

/**
 * A value as JSON that DuckDB reads: half of a surrogate pair, which JSON can spell and UTF-8 cannot, becomes
 * U+FFFD.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string' ? Buffer.from(part).toString() : part,
  );
}

/**
 * A statement that makes a secret which ends with the process: no other statement, and no error, then holds
 * what is in it. Values that are undefined are left to DuckDB.
 */
export function temporarySecret(
  name: string,
  type: string,
  values: Readonly<Record<string, string | boolean | undefined>>,
): string {
  const given = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} ${typeof value === 'string' ? literal(value) : String(value)}`],
  );
  return `CREATE OR REPLACE TEMPORARY SECRET ${quote(name)} (${[`TYPE ${type}`, ...given].join(', ')})`;
}

/** No statement can hold a NUL, not even in quotes: its picture takes its place. */
const withoutNul = (text: string): string => text.replaceAll('\0', '\u2400');
