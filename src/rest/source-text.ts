/** The text of a config file, YAML or JSON, as a value whose every part knows its line. */
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { XanoError } from '../errors.js';

/** A file's content, and where in it things are. */
export interface SourceText {
  readonly value: unknown;
  /** The line, from 1, of what is at a path; of what is around it where there is no such thing. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/** Stand for the braces of a variable: YAML takes those for an object where lists and objects are written in one line. */
const OPEN = '\uE000';
const CLOSE = '\uE001';

/** How often aliases may be followed, each as many times as it holds others. */
const MOST_ALIASES = 10_000;

/** Reads YAML, of which JSON is a part. Throws CONFIG_INVALID with the lines of all that cannot be read. */
export function parseSource(text: string, file: string): SourceText {
  const { document, lines } = documentOf(text.replace(/^\uFEFF/, ''));
  const at = (offset: number): number => lines.linePos(offset).line;
  const wrong = document.errors.map(({ message, pos }) => `Line ${at(pos[0])}: ${message}`);
  visit(document, {
    Map: (_, { items }) => {
      const keys = items.flatMap(({ key }) => (isScalar(key) ? [key] : []));
      // 1 and "1" are two keys of YAML and one of an object.
      for (const [i, { value, range }] of keys.entries())
        if (keys.slice(0, i).some((one) => one.value !== value && String(one.value) === String(value)))
          wrong.push(`Line ${at(range?.[0] ?? 0)}: Map keys must be unique: ${String(value)}`);
    },
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined)
        wrong.push(
          `Line ${at(alias.range?.[0] ?? 0)}: Unresolved alias (the anchor must be set before the alias): ${alias.source}`,
        );
    },
  });
  if (wrong.length > 0)
    throw new XanoError(
      'CONFIG_INVALID',
      `${file} is not YAML. ${wrong.map((one) => `${restored(one).replace(/\.$/, '')}.`).join(' ')}`,
      { hint: 'Put texts that hold any of : # { } [ ] in quotes, and indent with spaces.' },
    );
  visit(document, {
    Scalar: (_, scalar) => {
      const { value, source } = scalar;
      if (typeof value === 'string') scalar.value = restored(value);
      // What a number does not hold exactly (01, 1.10, 19 digits) is meant as it is written.
      else if (typeof value === 'number' && source !== undefined && String(value) !== source)
        scalar.value = source;
    },
  });
  let value: unknown;
  try {
    // One alias in each of hundreds of lists is nothing unusual; a file that grows by millions is.
    value = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new XanoError('CONFIG_INVALID', `${file} cannot be read: ${restored(why)}.`, {
      hint: 'Write out what its aliases stand for.',
      cause,
    });
  }
  return { value, lineOf: (path) => lines.linePos(offsetOf(document, path)).line };
}

/** A text as a document of YAML, each of whose parts knows its place in it. */
export function documentOf(text: string): {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
} {
  const lines = new LineCounter();
  const guarded = text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => `$${OPEN}${name}${CLOSE}`);
  const document = parseDocument(guarded, { lineCounter: lines, prettyErrors: false, merge: true });
  return { document, lines };
}

const restored = (text: string): string => text.replaceAll(OPEN, '{').replaceAll(CLOSE, '}');

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
