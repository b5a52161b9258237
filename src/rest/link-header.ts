/** Reads Link headers (RFC 8288) in one pass: a header that never closes a quote or a bracket takes linear time. */

/** A link: where it leads, and its parameters, names in lower case. */
export interface HeaderLink {
  readonly target: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/**
 * The links of a header. Links part at commas, parameters at semicolons; either may stand in an address or a quoted text.
 */
export function linksIn(header: string): HeaderLink[] {
  const links: HeaderLink[] = [];
  let at = 0;
  for (;;) {
    const open = header.indexOf('<', at);
    const close = open < 0 ? -1 : header.indexOf('>', open + 1);
    if (close < 0) return links;
    const { parts, end } = partsFrom(header, close + 1);
    links.push({ target: header.slice(open + 1, close), parameters: parts.flatMap(parameterIn) });
    at = end;
  }
}

/** The texts between semicolons up to the comma that ends a link. */
function partsFrom(header: string, start: number): { readonly parts: string[]; readonly end: number } {
  const parts: string[] = [];
  let at = skipSpace(header, start);
  while (header[at] === ';') {
    const from = at + 1;
    at = from;
    while (at < header.length && header[at] !== ';' && header[at] !== ',') {
      if (header[at] !== '"') {
        at++;
        continue;
      }
      const closed = endOfQuoted(header, at);
      // A quote that nothing closes ends the link; what stands before it in the part counts.
      if (closed === undefined) return { parts: [...parts, header.slice(from, at)], end: header.length };
      at = closed;
    }
    if (at > from) parts.push(header.slice(from, at));
  }
  return { parts, end: at };
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

/** The index after the quote that closes the one at `start`; undefined where none does. */
function endOfQuoted(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return undefined;
}

function parameterIn(part: string): [name: string, value: string][] {
  const equals = part.indexOf('=');
  const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
  const value = equals < 0 ? '' : part.slice(equals + 1).trim();
  if (name === '') return [];
  if (!value.startsWith('"')) return [[name, value]];
  const end = endOfQuoted(value, 0) ?? value.length + 1;
  return [[name, value.slice(1, end - 1).replace(/\\(.)/g, '$1')]];
}
