/**
 * The Link header of RFC 8288, read in one pass. Pure.
 *
 * Not `http-link-header` (1.1): one malformed link makes it throw for all, it knows no single quotes, and a
 * `rel` of
 * 500,000 relations overflows its stack.
 */

interface Parameters {
  readonly values: ReadonlyMap<string, string>;
  /** The index in the text after them. */
  readonly end: number;
}

/** The target of the link with the relation `next`, found by {@link linkTo}. */
export const nextLink = (header: string | readonly string[] | undefined): string | undefined =>
  linkTo(header, 'next');

/**
 * The target of the link with a relation among the links of one or several headers, or undefined. RFC 8288:
 * links part at commas, parameters at semicolons; either may stand in an address or a quoted text, several
 * relations in one `rel`, and only the first `rel` of a link counts. Single quotes are read as well: some
 * servers write them. A link with an `anchor` is about another page.
 */
export function linkTo(header: string | readonly string[] | undefined, relation: string): string | undefined {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ');
  for (let i = 0; ; ) {
    const open = text.indexOf('<', i);
    const close = open < 0 ? -1 : text.indexOf('>', open);
    if (close < 0) return undefined;
    const { values, end } = readParameters(text, close + 1);
    const relations = (values.get('rel') ?? '').toLowerCase().split(/\s+/);
    if (relations.includes(relation) && (values.get('anchor') ?? '') === '')
      return text.slice(open + 1, close).trim();
    i = end;
  }
}

/** Reads `; name=value` up to the comma before the next link. */
function readParameters(text: string, start: number): Parameters {
  const values = new Map<string, string>();
  let i = start;
  while (i < text.length && text[i] !== ',') {
    if (text[i] !== ';') {
      i++;
      continue;
    }
    const from = i + 1;
    i = from;
    while (i < text.length && !'=;,'.includes(text[i]!)) i++;
    const name = text.slice(from, i).trim().toLowerCase();
    let value = '';
    if (text[i] === '=') [value, i] = readValue(text, i + 1);
    if (name !== '' && !values.has(name)) values.set(name, value);
  }
  return { values, end: i };
}

/** A quoted text, or the text before the next semicolon or comma; and the index after it. */
function readValue(text: string, start: number): [value: string, end: number] {
  let i = start;
  while (text[i] === ' ' || text[i] === '\t') i++;
  const quote = text[i];
  if (quote !== '"' && quote !== "'") {
    const from = i;
    while (i < text.length && text[i] !== ';' && text[i] !== ',') i++;
    return [text.slice(from, i).trim(), i];
  }
  const parts: string[] = [];
  for (i++; i < text.length && text[i] !== quote; i++) {
    if (text[i] === '\\' && i + 1 < text.length) i++;
    parts.push(text[i]!);
  }
  return [parts.join(''), i + 1];
}
