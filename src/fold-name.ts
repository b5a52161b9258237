/** Names as DuckDB compares them. */

/** A name as DuckDB compares it: A to Z in lower case, all else untouched (`É` and `é` are two names). */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
