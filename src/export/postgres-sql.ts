/**
 * Names and texts in the SQL of Postgres, always on one line: neither ends the comment that it stands in, nor
 * moves a terminal. Pure.
 */

/**
 * Control characters, format characters, line and paragraph separators, and fillers without a glyph: nobody
 * sees them, or they move the text around them.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/**
 * Names as an identifier: each in double quotes, joined by dots. One that has hidden characters is spelled
 * `U&"a\000Ab"`. Postgres' documentation, "Identifiers and Key Words". A name is one that `postgresName` gave.
 */
export function identifier(...names: readonly string[]): string {
  return names.map(quoted).join('.');
}

function quoted(name: string): string {
  const doubled = name.replaceAll('"', '""');
  if (name.search(HIDDEN) < 0) return `"${doubled}"`;
  const escaped = doubled
    .replaceAll('\\', '\\\\')
    .replace(HIDDEN, (character) => `\\+${digitsOf(character, 6)}`);
  return `U&"${escaped}"`;
}

/**
 * A text as a literal in single quotes. One that has a backslash or hidden characters is spelled `E'a\nb'`:
 * that means the same whatever `standard_conforming_strings` is. Postgres' documentation, "String Constants".
 * What Postgres cannot store is replaced: a NUL by its picture, half a surrogate pair by U+FFFD.
 */
export function literal(text: string): string {
  const stored = Buffer.from(text).toString().replaceAll('\0', '\u2400');
  const doubled = stored.replaceAll("'", "''");
  if (!stored.includes('\\') && stored.search(HIDDEN) < 0) return `'${doubled}'`;
  const escaped = doubled
    .replaceAll('\\', '\\\\')
    .replace(HIDDEN, (character) =>
      character === '\n' ? '\\n' : character === '\t' ? '\\t' : `\\U${digitsOf(character, 8)}`,
    );
  return `E'${escaped}'`;
}

const digitsOf = (character: string, length: number): string =>
  character.codePointAt(0)!.toString(16).toUpperCase().padStart(length, '0');
