/**
 * Recognizes an answer in another format than JSON: describes it in a sentence, with the setting that helps.
 */
import { XanoError } from '../../../errors.js';
import { isJson } from '../../../json.js';
import { isWordUnit } from '../../../plain-text.js';
import { skipSpace, textAt, valueEnd } from '../json-bytes.js';
import { isTooDeep } from './bounds.js';

/** A format that is not JSON. */
export interface BodyFormat {
  /** The answer as a sentence, without its full stop. */
  readonly sentence: string;
  readonly hint: string;
  /**
   * Whether the API always sends this, so that another try brings the same. A proxy's error page may pass.
   */
  readonly lasting: boolean;
}

const ASK_FOR_JSON =
  'Request JSON from the API, for example with `params: { format: json }`; see its documentation.';

const lasting = (sentence: string, hint = ASK_FOR_JSON): BodyFormat => ({ sentence, hint, lasting: true });

/** The phrase for an answer of unknown format. */
const isInstead = (what: string): string => `The answer is ${what} where a list of records was expected`;

/**
 * The format of an answer that could not be read, undefined where it may be truncated or malformed JSON. Its
 * media type counts only if its bytes agree: error pages come with any type.
 */
export function bodyFormat(body: Uint8Array, content_type?: string): BodyFormat | undefined {
  const type = (content_type ?? '').split(';')[0]!.trim().toLowerCase();
  if (body.length === 0) return undefined;
  const binary = binaryFormat(body, type);
  if (binary !== undefined) return lasting(isInstead(binary));
  const start = textAt(body, 0, Math.min(LONGEST_START, body.length)).trimStart();
  const end = textAt(body, Math.max(0, body.length - LONGEST_START), body.length).trimEnd();
  if (start === '') return undefined;
  return markupFormat(start, end) ?? scriptFormat(body, start, end) ?? tableFormat(start, type);
}

/** The bytes at either end of a body that are examined. */
const LONGEST_START = 4096;
/** Larger bodies are not parsed again only to describe their mistake. Bytes. */
const LONGEST_PARSED = 16 * 1024 * 1024;

const MAGIC: readonly (readonly [name: string, start: string])[] = [
  ['a ZIP or Excel file', 'PK\u0003\u0004'],
  ['a PDF file', '%PDF-'],
  ['a Parquet file', 'PAR1'],
  ['an Avro file', 'Obj\u0001'],
  ['an Arrow file', 'ARROW1'],
  ['a SQLite file', 'SQLite format 3'],
  ['an image', '\u0089PNG'],
];

const BINARY = /protobuf|msgpack|x-thrift|avro|cbor|grpc|parquet|arrow|bson|spreadsheet|ms-excel|pdf|zip$/;

function binaryFormat(body: Uint8Array, type: string): string | undefined {
  const start = Buffer.from(body.subarray(0, LONGEST_START)).toString('latin1');
  const known = MAGIC.find(([, mark]) => start.startsWith(mark))?.[0];
  if (known !== undefined) return known;
  // Control characters that no text holds.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  const isBinary = /[\u0000-\u0008\u000e-\u001a\u001c\u001d\u001f]/.test(start);
  if (!isBinary && !(BINARY.test(type) && !/^\s*[[{<]/.test(start))) return undefined;
  return type === '' || type.includes('json') ? 'binary' : `binary (${type.slice(0, 60)})`;
}

function markupFormat(start: string, end: string): BodyFormat | undefined {
  if (!start.startsWith('<')) return undefined;
  if (/<(!doctype\s+html|html|head|body|title)\b/i.test(start) || !end.endsWith('>')) {
    if (/type\s*=\s*["']?password/i.test(start + end))
      return lasting(
        isInstead('an HTML login page'),
        'Set `auth` as the API requires it, and check base_url and path.',
      );
    return {
      sentence: isInstead('HTML'),
      hint: 'Check base_url and path: --debug shows the request.',
      lasting: false,
    };
  }
  const root = /^\s*<([A-Za-z_][\w.-]*)(?::([\w.-]+))?[\s>/]/.exec(withoutDeclarations(start));
  const name = root?.[2] ?? root?.[1] ?? '';
  return name === '' || !closes(end, name)
    ? { sentence: isInstead('XML or HTML'), hint: ASK_FOR_JSON, lasting: false }
    : lasting(isInstead(`XML (<${name}>)`));
}

/** A document from its first element on, without any `<?…>` or `<!…>` in front. */
function withoutDeclarations(start: string): string {
  let markup = start;
  while (markup.startsWith('<?') || markup.startsWith('<!')) {
    const close = markup.indexOf('>');
    if (close < 0) return '';
    markup = markup.slice(close + 1).trimStart();
  }
  return markup;
}

/**
 * Whether a document ends with the end tag of this name, with or without a prefix, or with an empty-element
 * tag.
 */
function closes(end: string, name: string): boolean {
  if (end.endsWith('/>')) return true;
  const last = end.slice(end.lastIndexOf('</') + 2, -1).trimEnd();
  return end.includes('</') && (last === name || last.endsWith(`:${name}`));
}

/** JSON in a wrapper, or JSON in another language's spelling. */
function scriptFormat(body: Uint8Array, start: string, end: string): BodyFormat | undefined {
  if (/^(\)\]\}'?,?|while\s*\(1\);|for\s*\(;;\);|\{\}\s*&&|throw 1;)/.test(start))
    return lasting(
      'The answer begins with a prefix against script inclusion (XSSI) before its JSON',
      'Use a URL of the API that returns plain JSON.',
    );
  if (/^(\/\*.*?\*\/\s*)?[A-Za-z_$][\w$.]*\s*\(\s*[[{]/.test(start) && /[\]}]\s*\)\s*;?$/.test(end))
    return lasting(
      isInstead('JSONP (JSON in a function call)'),
      'Remove the parameter that names the function, often `callback`, from params or path.',
    );
  if (!/^[[{]/.test(start) || body.length > LONGEST_PARSED) return undefined;
  const text = textAt(body, 0, body.length).trim();
  if (isTooDeep(body) || isJson(text)) return undefined;
  if (isSeveral(body))
    return lasting(
      'The answer holds several JSON documents, one after the other',
      'Ask the API for one list.',
    );
  if (/^[[{][\s[{]*'/.test(start) && /['\]}]$/.test(end))
    return lasting('The answer uses single quotes, which JSON does not allow');
  const { odd, spelled } = withoutOddities(text);
  if (odd.size === 0 || !isJson(spelled)) return undefined;
  return lasting(
    `The answer holds ${[...odd].slice(0, 3).join(', ')}, which JSON does not allow`,
    'Report to the operator of the API that its answer is not valid JSON.',
  );
}

/** Python's and JavaScript's words that JSON does not have. */
const ODD_WORDS: ReadonlySet<string> = new Set(['Infinity', 'NaN', 'None', 'True', 'False', 'undefined']);
const LAST_COMMA = /,\s*[\]}]/y;

/**
 * A text with null for each word that JSON does not have, and without commas at the end of lists; `odd` names
 * what it found. Strings stay as they are. Scans: `replace` with a function takes several times as long for a
 * text of many short strings.
 */
function withoutOddities(text: string): { readonly odd: ReadonlySet<string>; readonly spelled: string } {
  const odd = new Set<string>();
  const parts: string[] = [];
  let end = 0;
  for (let at = 0; at < text.length; ) {
    const letter = text[at];
    if (letter === '"') at = afterString(text, at);
    else if (letter === ',') {
      LAST_COMMA.lastIndex = at;
      const length = LAST_COMMA.exec(text)?.[0].length ?? 1;
      if (length > 1) {
        odd.add('a comma at the end of a list');
        parts.push(text.slice(end, at));
        end = at + length - 1;
      }
      at += length;
    } else if (isWordUnit(text.charCodeAt(at))) {
      const start = at;
      while (isWordUnit(text.charCodeAt(at))) at++;
      // Each of these words has three to nine letters.
      const word = at - start < 3 || at - start > 9 ? '' : text.slice(start, at);
      if (word === '' || !ODD_WORDS.has(word)) continue;
      const sign = text[start - 1];
      const isNumber = word === 'NaN' || word === 'Infinity';
      const isSigned = isNumber && (sign === '-' || (sign === '+' && word === 'NaN'));
      const from = isSigned ? start - 1 : start;
      odd.add(text.slice(from, at));
      parts.push(text.slice(end, from), 'null');
      end = at;
    } else at++;
  }
  return { odd, spelled: parts.join('') + text.slice(end) };
}

/** The index after the string that begins at an index, or the end of the text if the string does not end. */
function afterString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

/** After this many documents, the rest does not change the verdict. */
const MOST_DOCUMENTS = 1000;

function isSeveral(body: Uint8Array): boolean {
  try {
    let at = skipSpace(body, 0);
    let count = 0;
    while (at < body.length && count < MOST_DOCUMENTS) {
      const end = valueEnd(body, at);
      if (!isJson(textAt(body, at, end))) return false;
      count++;
      at = skipSpace(body, end);
    }
    return count > 1;
  } catch {
    return false;
  }
}

/** Formats of plain text, recognized by their lines where no media type names them. */
function tableFormat(start: string, type: string): BodyFormat | undefined {
  if (/^[[{]/.test(start) || (start.startsWith('"') && !/csv|yaml|tab-separated/.test(type)))
    return undefined;
  if (/yaml/.test(type) || /^(---|%YAML)\s/.test(start) || /^-\s+[\w"'-]+:\s/.test(start))
    return lasting(isInstead('YAML'));
  if (/csv|comma-separated/.test(type)) return lasting(isInstead('CSV'));
  if (/tab-separated/.test(type)) return lasting(isInstead('a table separated by tabs'));
  const [first = '', second = ''] = start.split(/\r?\n/);
  const separator = [',', ';', '\t', '|'].find(
    (mark) => first.split(mark).length > 1 && first.split(mark).length === second.split(mark).length,
  );
  // Prose contains commas as well, but with a space after them.
  if (separator === undefined || /[<>{}]|, /.test(first)) return undefined;
  return lasting(isInstead(separator === '\t' ? 'a table separated by tabs' : 'CSV'));
}

/** The error for an answer in another format than JSON. */
export function formatError({ sentence, hint, lasting }: BodyFormat): XanoError {
  return new XanoError('RESPONSE_UNEXPECTED', `${sentence}.`, { hint, lasting });
}
