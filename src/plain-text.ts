/** Texts from outside, trimmed and joined in linear time: a regular expression such as `/\/+$/` takes square time on a long row of slashes. */

/** A text without the repetitions of one character at its end. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}

/** A text on one line: line breaks, with the white space around them, become a space. */
export function oneLine(text: string): string {
  return text
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}
