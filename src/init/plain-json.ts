/** JSON with comments and trailing commas, as editors accept it, and places in it. Pure. */

/** The same text, with a space for each character of a comment: every index stays. */
export function withoutComments(text: string): string {
  const parts: string[] = [];
  let kept = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') at = endOfString(text, at);
    else if (text[at] === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      const mark = text[at + 1] === '/' ? '\n' : '*/';
      const found = text.indexOf(mark, at + 2);
      // A comment that does not end stays, so that the text is refused.
      if (found < 0 && mark === '*/') break;
      const end = found < 0 ? text.length : mark === '\n' ? found : found + 2;
      parts.push(text.slice(kept, at), text.slice(at, end).replace(/[^\n]/g, ' '));
      kept = end;
      at = end - 1;
    }
  }
  return parts.join('') + text.slice(kept);
}

/** The same text as strict JSON, if it is JSON with comments and trailing commas: every index stays. */
export function plainJson(text: string): string {
  const bare = withoutComments(text);
  const parts: string[] = [];
  let kept = 0;
  let comma = -1;
  for (let at = 0; at < bare.length; at++) {
    const character = bare[at]!;
    if (character === '"') at = endOfString(bare, at);
    if ((character === '}' || character === ']') && comma >= 0) {
      parts.push(bare.slice(kept, comma), ' ');
      kept = comma + 1;
    }
    if (character === ',') comma = at;
    else if (!isSpace(character)) comma = -1;
  }
  return parts.join('') + bare.slice(kept);
}

/**
 * The index of the brace that closes the object under a name of the outermost object, or the outermost object
 * itself; undefined where strict JSON has none there.
 */
export function closingBrace(plain: string, name: string | undefined): number | undefined {
  const open: (string | undefined)[] = [];
  let last: string | undefined;
  let found: number | undefined;
  for (let at = 0; at < plain.length; at++) {
    const character = plain[at];
    if (character === '"') {
      const end = endOfString(plain, at);
      if (open.length === 1) last = plain.slice(at, end + 1);
      at = end;
    } else if (character === '{' || character === '[') open.push(open.length === 1 ? last : undefined);
    else if (character === '}' || character === ']') {
      const key = open.pop();
      const isWanted = name === undefined ? open.length === 0 : open.length === 1 && isKey(key, name);
      if (isWanted && character === '}') found = at;
    }
  }
  return found;
}

/** The index of the last character before an index, white space left out. */
export function lastBefore(text: string, end: number): number {
  let at = end - 1;
  while (at >= 0 && isSpace(text[at]!)) at--;
  return at;
}

const isSpace = (character: string): boolean => ' \t\r\n'.includes(character);

/** The index of the closing quote, or of the last character where none closes. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length - 1;
}

const isKey = (literal: string | undefined, name: string): boolean =>
  literal !== undefined && JSON.parse(literal) === name;
