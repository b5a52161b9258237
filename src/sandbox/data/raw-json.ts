/** Splits JSON text without parsing its values, so that they are passed on as written. */

const SPACE = ' '.charCodeAt(0);
const STRING_TAIL = /[^"\\]*(?:\\.[^"\\]*)*"/y;
const SCALAR = /[^,\]} \t\r\n]+/y;

/** A member of an object: its name, read, and the text of its value, as written. */
export interface RawMember {
  readonly name: string;
  readonly text: string;
}

/**
 * The members of the object that `text` is, repeated names included, in order. The text must be valid JSON.
 */
export function membersOf(text: string): readonly RawMember[] {
  const members: RawMember[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] !== '}') {
    const nameEnd = endOfValue(text, at);
    const valueStart = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    // A member's name is a JSON string, so it reads as one.
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    members.push({ name, text: text.slice(valueStart, valueEnd) });
    at = nextItem(text, valueEnd);
  }
  return members;
}

/** The texts of the elements of the array that `text` is, as written. The text must be valid JSON. */
export function elementsOf(text: string): readonly string[] {
  const elements: string[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] !== ']') {
    const end = endOfValue(text, at);
    elements.push(text.slice(at, end));
    at = nextItem(text, end);
  }
  return elements;
}

/** The object of these members as JSON text. */
export function objectText(members: readonly RawMember[]): string {
  return `{${members.map(({ name, text }) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

/** Whether `text` is valid JSON. */
export function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function nextItem(text: string, end: number): number {
  const at = skipSpace(text, end);
  return text[at] === ',' ? skipSpace(text, at + 1) : at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  // In JSON text outside of strings, whatever is up to a space is white space.
  while (text.charCodeAt(at) <= SPACE) at += 1;
  return at;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfMatch(STRING_TAIL, text, start + 1);
  if (text[start] !== '{' && text[start] !== '[') return endOfMatch(SCALAR, text, start);
  let depth = 0;
  for (let at = start; ; at += 1) {
    const char = text[at];
    if (char === undefined) throw new Error(`JSON text ends inside the value at ${start}`);
    if (char === '"') at = endOfMatch(STRING_TAIL, text, at + 1) - 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
}

function endOfMatch(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  if (!pattern.test(text)) throw new Error(`JSON text has no value at ${from}`);
  return pattern.lastIndex;
}
