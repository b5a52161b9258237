/** The text of a config file, YAML or JSON, as a value with the line of each part. */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml';
import { XanoError } from '../../../errors.js';
import { invalidFile } from '../validation-messages.js';

/** A file's content, with the position of each part. */
export interface SourceText {
  /**
   * The value. Numbers in a spelling that is not JavaScript's own (01, 1.10, 19 digits) are texts, as
   * written.
   */
  readonly value: unknown;
  /** The same value with every number as YAML 1.2 reads it. */
  readonly typed: unknown;
  /** The same value with every number, true and false as the written text. */
  readonly spelled: unknown;
  /** The line, from 1, of the value at a path; of the enclosing value where the path has none. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/**
 * Characters with a meaning in YAML's flow style. Within a variable (`${NAME:-a,b}`) each of these is
 * replaced by a noncharacter of Unicode, which no text contains, until the YAML is read; the offsets stay the
 * same.
 */
const GUARDED = '{}[],:#';
const FIRST_GUARD = 0xfdd0;

/** How often aliases may be expanded, including those within expanded ones. */
const MOST_ALIASES = 10_000;

/** Larger YAML files, in characters, are slow to read. Files that `xano endpoints` writes are JSON. */
const LARGEST_SOURCE = 4 * 1024 * 1024;
/**
 * Characters that begin another line, entry or value. The parser takes up to 30 µs for each: a file at this
 * limit takes some seconds.
 */
const MOST_PARTS = 200_000;

/**
 * Throws CONFIG_INVALID where a file is larger than anyone writes by hand: Ctrl-C has no effect during
 * parsing.
 */
function assertReadable(text: string, file: string): void {
  let parts = 0;
  if (text.length <= LARGEST_SOURCE)
    for (let at = 0; at < text.length; at++) if (PARTS.has(text.charCodeAt(at))) parts++;
  const bound =
    text.length > LARGEST_SOURCE
      ? `more than ${LARGEST_SOURCE} characters`
      : parts > MOST_PARTS
        ? `more than ${MOST_PARTS} lines, entries and values`
        : undefined;
  if (bound !== undefined)
    throw new XanoError('CONFIG_INVALID', `${file} is too large: it has ${bound}.`, {
      hint: 'Split it into several files, and load them one after the other.',
    });
}

/** Line feed, comma, colon, opening brackets, and `?`, which marks a key. */
const PARTS: ReadonlySet<number> = new Set([...'\n,:[{?'].map((sign) => sign.charCodeAt(0)));

/** Reads YAML, of which JSON is a part. Throws CONFIG_INVALID with the lines of all that cannot be read. */
export function parseSource(text: string, file: string): SourceText {
  assertReadable(text, file);
  const { document, lines } = documentOf(text.replace(/^\uFEFF/, ''));
  const at = (offset: number): number => lines.linePos(offset).line;
  assertYaml(document, at, file);
  const odd: { readonly scalar: Scalar; readonly typed: unknown; readonly source: string }[] = [];
  visit(document, {
    Scalar: (key, scalar) => {
      const { value, source } = scalar;
      if (typeof value === 'string') scalar.value = restored(value);
      else if (source !== undefined && isOdd(value, source)) {
        // A key is a name, even if it looks like a number.
        if (key === 'key') scalar.value = source;
        else odd.push({ scalar, typed: value, source });
      }
    },
  });
  const read = (spellingOf: (typed: unknown, source: string) => unknown): unknown => {
    for (const { scalar, typed, source } of odd) scalar.value = spellingOf(typed, source);
    try {
      // An alias in each of hundreds of lists is normal; a file that grows by millions is not.
      return document.toJS({ maxAliasCount: MOST_ALIASES });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new XanoError('CONFIG_INVALID', `${file} cannot be read: ${restored(why)}.`, {
        hint: 'Replace its aliases with their values.',
        cause,
      });
    }
  };
  const value = read((typed, source) => (typeof typed === 'number' ? source : typed));
  const typed = odd.length === 0 ? value : read((text) => text);
  const spelled = odd.length === 0 ? value : read((_, source) => source);
  return { value, typed, spelled, lineOf: (path) => lines.linePos(offsetOf(document, path)).line };
}

/** Throws CONFIG_INVALID with the line of each mistake of the text. */
function assertYaml(document: Document.Parsed, at: (offset: number) => number, file: string): void {
  const wrong = document.errors.map(({ message, pos }) => `Line ${at(pos[0])}: ${message}`);
  visit(document, {
    Map: (_, { items }) => {
      const names = new Map<string, unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const { value, range } = key;
        const name = String(value);
        // 1 and "1" are two keys in YAML, and the same key in an object.
        if (names.has(name)) {
          const which = names.get(name) === value ? '' : `: ${name}`;
          wrong.push(`Line ${at(range?.[0] ?? 0)}: Map keys must be unique${which}`);
        } else names.set(name, value);
      }
    },
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined)
        wrong.push(
          `Line ${at(alias.range?.[0] ?? 0)}: Unresolved alias (the anchor must be set before the alias): ${alias.source}`,
        );
    },
  });
  if (wrong.length > 0)
    throw invalidFile(
      `${file} is not YAML.`,
      wrong.map((mistake) => `${restored(mistake).replace(/\.$/, '')}.`),
      'Put texts that hold any of : # { } [ ] in quotes, and indent with spaces.',
    );
}

/** Whether a number, true or false is written in another way than JavaScript writes it. */
const isOdd = (value: unknown, source: string): boolean =>
  (typeof value === 'number' || typeof value === 'boolean') && String(value) !== source;

/** A text as a YAML document, whose parts know their positions. */
export function documentOf(text: string): {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
} {
  const lines = new LineCounter();
  // Within one line and without quotes: other texts are not variables, or are safe in YAML anyway.
  const guarded = text.replace(/\$\{[^{}"\n]*\}/g, (variable) =>
    variable.replace(/[{}[\],:#]/g, (sign) => String.fromCharCode(FIRST_GUARD + GUARDED.indexOf(sign))),
  );
  // The parser compares each key with all earlier ones: a map of 50,000 takes it 25 s.
  const options = { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: false };
  const document = parseDocument(guarded, options);
  return { document, lines };
}

const restored = (text: string): string =>
  text.replace(/[\uFDD0-\uFDD6]/g, (sign) => GUARDED[sign.charCodeAt(0) - FIRST_GUARD] ?? sign);

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const step of path) {
    const here: unknown = isMap(node)
      ? node.items.find(({ key }) => (isScalar(key) ? String(key.value) : key) === String(step))
      : isSeq(node)
        ? node.items[Number(step)]
        : undefined;
    if (here === undefined) return offset;
    const pair = here as { readonly key?: Node; readonly value?: Node };
    const isPair = isMap(node);
    offset = (isPair ? pair.key : (here as Node))?.range?.[0] ?? offset;
    node = isPair ? pair.value : here;
  }
  return offset;
}
