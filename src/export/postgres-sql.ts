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
 * `U&"a\000Ab"`. Postgres' documentation, "Identifiers and Key Words". A name is one that `postgresName`
 * gave.
 */
export function identifier(...names: readonly string[]): string {
  return names.map(quoted).join('.');
}

function quoted(name: string): string {
  const doubled = name.replaceAll('"', '""');
  if (name.search(HIDDEN) < 0) return `"${doubled}"`;
  return `U&"${doubled.replaceAll('\\', '\\\\').replace(HIDDEN, inName)}"`;
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
  return `E'${doubled.replaceAll('\\', '\\\\').replace(HIDDEN, inText)}'`;
}

const digitsOf = (character: string, length: number): string =>
  character.codePointAt(0)!.toString(16).toUpperCase().padStart(length, '0');

/** Remembers each escape: a text of a million hidden characters takes a quarter of the time. */
function remembered(escapeOf: (character: string) => string): (character: string) => string {
  const known = new Map<string, string>();
  return (character) => {
    const found = known.get(character);
    if (found !== undefined) return found;
    const spelled = escapeOf(character);
    known.set(character, spelled);
    return spelled;
  };
}

const inName = remembered((character) => `\\+${digitsOf(character, 6)}`);

const inText = remembered((character) =>
  character === '\n' ? '\\n' : character === '\t' ? '\\t' : `\\U${digitsOf(character, 8)}`,
);
