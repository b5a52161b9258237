/** Writes corrections into a config file in its author's own style: only the corrected fields change. */
import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isScalar, isSeq, type Pair, type Scalar, visit, type YAMLMap } from 'yaml';
import { isJson, type Json } from '../../json.js';
import { readConfig } from '../config/config-file.js';
import { documentOf } from '../config/file/source-text.js';
import type { Correction } from './check-endpoint.js';

/** The corrections of the resource of this name. */
export interface NamedCorrection {
  readonly name: string;
  readonly correction: Correction;
}

/** A replacement for a part of the file. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * The text of a config file with corrections in it, YAML or JSON; undefined where a resource is written in a
 * way that only its author can change, such as by an alias.
 */
export function correctConfig(text: string, corrections: readonly NamedCorrection[]): string | undefined {
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const content = text.slice(mark);
  const { document } = documentOf(content);
  const resources = isMap(document.contents) ? document.contents.get('resources', true) : undefined;
  if (document.errors.length > 0 || !isSeq(resources)) return undefined;
  const spell = isJson(content) ? (value: Json) => JSON.stringify(value) : inOneLine;
  const edits: Edit[] = [];
  for (const { name, correction } of corrections) {
    const item = resources.items.find((resource) => nameOf(resource) === name);
    const made =
      isScalar(item) && item.range
        ? [
            {
              from: item.range[0],
              to: item.range[1],
              text: spell({ name, ...correction } as unknown as Json),
            },
          ]
        : isMap(item)
          ? editsOf(content, item, Object.entries(correction) as [string, Json][], spell)
          : undefined;
    if (made === undefined) return undefined;
    edits.push(...made);
  }
  const corrected = edits
    .toSorted((a, b) => b.from - a.from || b.to - a.to)
    .reduce((text, { from, to, text: by }) => text.slice(0, from) + by + text.slice(to), content);
  return says(corrected, corrections) ? text.slice(0, mark) + corrected : undefined;
}

function nameOf(item: unknown): unknown {
  if (isScalar(item)) return item.value;
  return isMap(item) ? item.get('name') : undefined;
}

/** A value as YAML writes it in one line. */
function inOneLine(value: Json): string {
  const document = new Document(value);
  visit(document, {
    Collection: (_, collection) => {
      collection.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 }).trim();
}

type Written = Pair<Scalar, Scalar | YAMLMap>;

function editsOf(
  text: string,
  item: YAMLMap,
  fields: readonly [string, Json][],
  spell: (value: Json) => string,
): Edit[] | undefined {
  const pairs = item.items as Written[];
  const named = pairs.find(({ key }) => key.value === 'name');
  if (named?.value?.range == null || named.key.range == null) return undefined;
  const quote = /["']/.test(text[named.key.range[0]] ?? '') ? '"' : '';
  const edits: Edit[] = [];
  let added = '';
  for (const [field, value] of fields) {
    const names = field === 'pagination' ? ['pagination', 'paginator'] : [field];
    const given = pairs.filter(({ key }) => names.includes(String(key.value)));
    const [first] = given;
    // Two names of one field are given: the author has to decide which one counts.
    if (given.length > 1) return undefined;
    const member = `${quote}${field}${quote}: ${spell(value)}`;
    if (first === undefined) {
      added +=
        item.flow === true ? `, ${member}` : `${newline(text)}${' '.repeat(columnOf(text, named))}${member}`;
      continue;
    }
    const { range } = first.value ?? {};
    if (range == null || first.key.range == null) return undefined;
    const value_text = text.slice(range[0], range[1]);
    edits.push({
      from: first.key.range[1],
      to: range[0] + value_text.trimEnd().length,
      text: `: ${spell(value)}`,
    });
  }
  if (added === '') return edits;
  // New lines go after the line of the name, with its comment; in flow style, after the name.
  const [, end] = named.value.range;
  const line_end = /\r?\n|$/.exec(text.slice(end))!.index + end;
  const at = item.flow === true ? end : line_end;
  return [...edits, { from: at, to: at, text: added }];
}

const newline = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** The indentation of a map's members. */
function columnOf(text: string, { key }: Written): number {
  const start = key.range?.[0] ?? 0;
  return start - (text.lastIndexOf('\n', start - 1) + 1);
}

/** Whether a text, read again, has the wanted corrections. */
function says(text: string, corrections: readonly NamedCorrection[]): boolean {
  const { endpoints } = readConfig(text, 'the corrected file');
  return corrections.every(({ name, correction }) => {
    const endpoint = endpoints.find((endpoint) => endpoint.name === name);
    return Object.entries(correction).every(([field, value]) =>
      isDeepStrictEqual(endpoint?.[field as keyof Correction], value),
    );
  });
}
