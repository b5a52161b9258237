/** Writes corrections into a generated endpoints file: only the corrected fields change. */
import { correctConfig, type Json, type NamedCorrection, parseEndpoints } from '../../../index.js';

/**
 * The text of an endpoints file with corrections in it; undefined where it holds its configs in a way that
 * only its author can change. Order, indentation and everything else stay as they are.
 */
export function correctText(text: string, corrections: readonly NamedCorrection[]): string | undefined {
  const isGenerated = corrections.every(({ name }) => configNamed(text, name) !== undefined);
  return isGenerated ? correctGenerated(text, corrections) : correctConfig(text, corrections);
}

function correctGenerated(text: string, corrections: readonly NamedCorrection[]): string | undefined {
  let corrected = text;
  for (const { name, correction } of corrections) {
    const config = configNamed(corrected, name);
    if (config === undefined) return undefined;
    const isRated = memberOf(corrected, config.start, 'confidence') !== undefined;
    const fields = {
      ...correction,
      ...(isRated ? { confidence: 'high', reason: '`xano check` tested the endpoint.' } : {}),
    };
    for (const [key, value] of Object.entries(fields)) {
      // Positions move with every correction.
      const here = configNamed(corrected, name);
      if (here !== undefined) corrected = withMember(corrected, here.start, key, value as Json);
    }
  }
  // A text that does not parse to the corrected configs must not be written.
  parseEndpoints(JSON.parse(corrected.replace(/^\uFEFF/, '')));
  return corrected;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Member extends Span {
  readonly key: string;
  readonly key_start: number;
}

function configNamed(text: string, name: string): Span | undefined {
  const root = skipSpace(text, text.startsWith('\uFEFF') ? 1 : 0);
  const list = text[root] === '{' ? memberOf(text, root, 'endpoints') : undefined;
  if (list === undefined || text[list.start] !== '[') return undefined;
  return elementsOf(text, list.start).find(({ start, end }) => {
    const config: unknown = JSON.parse(text.slice(start, end));
    return typeof config === 'object' && config !== null && 'name' in config && config.name === name;
  });
}

/** The object that opens at `start`, with one member replaced, or added after the last one. */
function withMember(text: string, start: number, key: string, value: Json): string {
  const all = membersOf(text, start);
  const [first] = all;
  const space = first === undefined ? '' : text.slice(start + 1, first.key_start);
  const member = all.find((candidate) => candidate.key === key);
  const spelled = spelledLike(text, space, value);
  if (member !== undefined) return text.slice(0, member.start) + spelled + text.slice(member.end);
  const end = all.at(-1)?.end ?? start + 1;
  const colon = first === undefined ? ': ' : text.slice(keyEnd(text, first.key_start), first.start);
  const comma = all.length === 0 ? '' : ',';
  return `${text.slice(0, end)}${comma}${space}${JSON.stringify(key)}${colon}${spelled}${text.slice(end)}`;
}

/** A value on as many lines as its neighbours take, indented like them. */
function spelledLike(text: string, space: string, value: Json): string {
  if (!space.includes('\n')) return JSON.stringify(value);
  const unit = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const newline = space.includes('\r\n') ? '\r\n' : '\n';
  const indent = space.slice(space.lastIndexOf('\n') + 1);
  return JSON.stringify(value, null, unit).replaceAll('\n', `${newline}${indent}`);
}

const memberOf = (text: string, start: number, key: string): Member | undefined =>
  membersOf(text, start).find((member) => member.key === key);

/** The members of the object that opens at `start`. The text is valid JSON. */
function membersOf(text: string, start: number): Member[] {
  const members: Member[] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] === '"') {
    const end = keyEnd(text, at);
    const value = skipSpace(text, skipSpace(text, end) + 1);
    const key = String(JSON.parse(text.slice(at, end)));
    members.push({ key, key_start: at, start: value, end: valueEnd(text, value) });
    at = afterComma(text, members.at(-1)!.end);
  }
  return members;
}

function elementsOf(text: string, start: number): Span[] {
  const elements: Span[] = [];
  let at = skipSpace(text, start + 1);
  while (at < text.length && text[at] !== ']') {
    elements.push({ start: at, end: valueEnd(text, at) });
    at = afterComma(text, elements.at(-1)!.end);
  }
  return elements;
}

function afterComma(text: string, end: number): number {
  const at = skipSpace(text, end);
  return text[at] === ',' ? skipSpace(text, at + 1) : at;
}

function skipSpace(text: string, at: number): number {
  let i = at;
  while (/\s/.test(text[i] ?? '')) i++;
  return i;
}

const keyEnd = (text: string, start: number): number => valueEnd(text, start);

function valueEnd(text: string, start: number): number {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s,:{}[\]"]+/gs;
  token.lastIndex = start;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [sign] = match;
    if (sign === '{' || sign === '[') depth++;
    else if (sign === '}' || sign === ']') depth--;
    if (depth === 0) return token.lastIndex;
  }
  return text.length;
}
