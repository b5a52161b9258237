/**
 * Texts from outside, trimmed and joined in linear time: a regular expression such as `/\/+$/` takes square
 * time on a long row of slashes.
 */

/** A text without the repetitions of one character at its end. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}

/** A text on one line: line breaks, with the white space around them, become a space. */
export function oneLine(text: string): string {
  return (text.match(/\S[^\r\n]*/g) ?? []).map((line) => line.trimEnd()).join(' ');
}

/** Whether a code unit is one that `\w` matches: a letter or digit of ASCII, or `_`. */
export function isWordUnit(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    unit === 0x5f
  );
}
