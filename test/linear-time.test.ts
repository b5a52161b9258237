/**
 * Functions that take texts from outside read a million characters of the worst kind in linear time: while
 * one of them runs, the program does nothing else and does not hear Ctrl-C.
 */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { mermaidOf } from '../src/cli/commands/schema/mermaid.js';
import { usageError } from '../src/cli/input/usage-errors.js';
import { createPrinter } from '../src/cli/output/output.js';
import { jsonText, oneLine, shellWord } from '../src/cli/output/text.js';
import { progressLines } from '../src/cli/progress/progress-lines.js';
import { databaseFailure } from '../src/destinations/engine/failures.js';
import { literal, quote } from '../src/destinations/engine/sql.js';
import { queryFailure } from '../src/destinations/reader/query-failures.js';
import { valueAsText } from '../src/destinations/reader/values.js';
import { XanoError } from '../src/errors.js';
import { toDlt } from '../src/export/dlt.js';
import { jsonPath, quoted } from '../src/export/exported.js';
import { toPostgresDdl } from '../src/export/postgres-ddl.js';
import { identifier, literal as postgresLiteral } from '../src/export/postgres-sql.js';
import { yamlLines } from '../src/export/yaml.js';
import { printable, printableJson } from '../src/hidden-characters.js';
import { pathKeys, select } from '../src/json.js';
import { readTime } from '../src/load/incremental/time-text.js';
import { urlTemplate } from '../src/load/url-template.js';
import { instanceAt } from '../src/metadata/select.js';
import { notAnAccessToken, parseExpiry, tokenStatus } from '../src/metadata/token.js';
import { listPage } from '../src/metadata/wire.js';
import { foldName, nearestName } from '../src/names.js';
import { oneLine as joined, withoutTrailing } from '../src/plain-text.js';
import { sampleOf } from '../src/rest/check/sample.js';
import { bindEndpoint } from '../src/rest/config/bind.js';
import { readConfig } from '../src/rest/config/config-file.js';
import { loginMistakes, namedSecrets } from '../src/rest/config/login-body.js';
import { parseEndpoints } from '../src/rest/config/parse-endpoints.js';
import { isSafeUrl } from '../src/rest/config/safe-url.js';
import {
  neededVariables,
  placeholdersIn,
  variablesIn,
  withoutVariables,
  wrongVariable,
} from '../src/rest/config/template.js';
import { bodyFormat } from '../src/rest/decode/answer/body-format.js';
import { noList } from '../src/rest/decode/answer/envelope.js';
import { isJsonLines, listOfLines } from '../src/rest/decode/answer/json-lines.js';
import { rankLists } from '../src/rest/decode/answer/rank-lists.js';
import { failureOf, saidFailure } from '../src/rest/decode/answer/said-failure.js';
import { noRecord, saysFailed } from '../src/rest/decode/answer/single-record.js';
import { decimalOf } from '../src/rest/decode/values/decimal.js';
import { isWholeKey } from '../src/rest/decode/whole-key.js';
import { candidates } from '../src/rest/detect/candidates.js';
import { type Filling, fillText } from '../src/rest/http/auth/fill-text.js';
import { createSecretWatch } from '../src/rest/http/auth/redact.js';
import {
  assertHeaderValue,
  assertToken,
  holdsSecret,
  withoutSecrets,
} from '../src/rest/http/auth/secrets.js';
import { refusalFailure, type Sent, traceOf } from '../src/rest/http/failures.js';
import { keepConfigured } from '../src/rest/http/linked-url.js';
import { joinUrl, type PageRequest } from '../src/rest/http/request.js';
import { retryAfterMs } from '../src/rest/http/wait-time.js';
import { inUtf8 } from '../src/rest/http/wire/charset.js';
import { createProxies } from '../src/rest/http/wire/proxy.js';
import { redirected } from '../src/rest/http/wire/redirect.js';
import { countIn } from '../src/rest/paging/fields/answer-field.js';
import { endsList } from '../src/rest/paging/fields/end-signs.js';
import { nextLink } from '../src/rest/paging/fields/link-header.js';
import { followLink } from '../src/rest/paging/fields/links.js';
import { pagingFields } from '../src/rest/paging/fields/paging-fields.js';
import { limitIn } from '../src/rest/paging/page-limit.js';
import { storableName, storedNames } from '../src/table/column.js';
import { listOf } from '../src/table/identity.js';
import { jsonPlaces, leaveAsJson, readStructure } from '../src/table/shape.js';
import { interpretRefusal } from '../src/xano/conventions.js';
import { readOperation } from '../src/xano/openapi.js';
import { inlined } from '../src/xano/openapi-inline.js';

const MANY = 1_000_000;
/**
 * Square time shows at this length already, within seconds, where a million characters would take an hour.
 */
const FEW = 50_000;

const SECRET = 'eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4YW5vOm1ldGEiLCJ4IjoxfQ.c2lnbmF0dXJlLXNlY3JldA';
/**
 * Texts of a length that make expressions go back and forth: rows of what they repeat, without what they end
 * in.
 */
function worstTexts(length: number): readonly string[] {
  const many = (part: string): string => part.repeat(Math.ceil(length / part.length));
  return [
    `${many('/')}a`,
    `x${many(' ')}x`,
    `${many(' \t')}\u00a0x`,
    `x${many('\r\n')}x`,
    `<x>${many(';')}`,
    `<x>; rel="${many('\\')}`,
    `<x>${many('; rel=')}`,
    // Node encodes different characters of a host in square time.
    String.fromCodePoint(...Array.from({ length: 20_000 }, (_, i) => 0x4e00 + i)).repeat(length / 20_000),
    ...REPEATED.map(many),
  ];
}

const REPEATED: readonly string[] = [
  ...[
    '1',
    '1 requests per ',
    '<',
    '</',
    'rel= ',
    '%',
    '%2541',
    '$',
    '${a',
    '${a}',
    '{a',
    '{a}',
    "'",
    '"',
    '_',
  ],
  ...[
    '\\u00',
    '\\u0041',
    '\\.',
    '&#65;',
    'LINE 1: ',
    ' of "',
    '#',
    'expired',
    'e',
    '-',
    'a.',
    '[',
    '[0]',
    ',',
  ],
  ...['?', '&a=b', 'a\n', 'NaN', 'aB', '\u0080', '\u0130', '\u0001', 'a\u200b', '\u{1f44d}\u200d', 'a\ufe0f'],
  ...['a\ud800', '\ufffd', SECRET, SECRET.slice(0, 21), SECRET.slice(6, 12)],
];

const watch = createSecretWatch();
watch.add([SECRET]);

const config = parseEndpoints({
  version: 1,
  endpoints: [
    {
      name: 'a',
      base_url: 'https://x.example',
      path: 'a',
      method: 'GET',
      auth: { type: 'none' },
      data_selector: '',
      pagination: { type: 'single_page' },
    },
  ],
})[0]!;

const failing = (work: () => unknown): void => {
  try {
    work();
  } catch {
    // That a text is refused is as good as any other answer.
  }
};

const sent = {
  url: new URL('https://x.example/a'),
  request: { method: 'GET', url: 'https://x.example/a' },
  secrets: [SECRET],
  words: { name: 'x.example', hints: {} } as unknown as Sent['words'],
  way: undefined,
};
const answerOf = (message: string) => ({
  status: 400,
  headers: { 'retry-after': message, 'x-trace-id': message, date: message },
  body: Buffer.from(JSON.stringify({ message })),
});
const context = {
  stdout: { stream: new PassThrough().resume(), is_terminal: true, columns: () => 80, rows: () => 24 },
  stderr: { stream: new PassThrough().resume(), is_terminal: true, columns: () => 80, rows: () => 24 },
  env: {},
};
const printer = createPrinter(context, false);

/** Bytes of an argument or a variable of the environment on Linux (MAX_ARG_STRLEN). */
const MOST_VARIABLE = 131_072;
const REQUEST: PageRequest = { method: 'GET', url: 'https://x.example/a', params: {}, headers: {} };
const FILLING: Filling = {
  find: () => ({ value: 'x', source: 'a', expires_at: null }),
  on_secret: () => {},
  missing: () => new XanoError('USAGE', 'missing'),
};

const FUNCTIONS: readonly (readonly [name: string, work: (text: string) => unknown])[] = [
  ['withoutTrailing', (text) => withoutTrailing(text, '/')],
  ['oneLine of messages', joined],
  ['oneLine of descriptions', oneLine],
  ['joinUrl', (text) => joinUrl(text, text)],
  ['instanceAt', (text) => failing(() => instanceAt(`https://x.example/${text.slice(0, MOST_VARIABLE)}`))],
  ['nextLink', nextLink],
  ['followLink', (text) => failing(() => followLink(config, REQUEST, text))],
  ['followLink to a host', (text) => failing(() => followLink(config, REQUEST, `https://${text}`))],
  [
    'candidates',
    (text) =>
      candidates(config, {
        headers: { link: text },
        fields: {},
        count: 1,
        list_path: '',
        has_ids: true,
      } as never),
  ],
  ['pathKeys', pathKeys],
  ['select', (text) => select({ [text]: 1, a: { b: [1] } }, text.slice(0, 20_000))],
  ['countIn', countIn],
  ['bodyFormat', (text) => bodyFormat(Buffer.from(text), 'text/plain')],
  ['bodyFormat of a script', (text) => bodyFormat(Buffer.from(`[${text}`), 'application/json')],
  ['noList', (text) => noList(Buffer.from(text), '')],
  ['isJsonLines', (text) => isJsonLines(Buffer.from(`{${text}`), undefined)],
  ['listOfLines', (text) => listOfLines(Buffer.from(text))],
  ['saidFailure', (text) => saidFailure({ error: text, [text]: text, success: false })],
  ['pagingFields of headers', (text) => pagingFields([], '', 0, { 'x-total': text, 'content-range': text })],
  [
    'keepConfigured',
    (text) =>
      keepConfigured(
        new URL(`https://x.example/${text.slice(0, 20_000)}`),
        new URL('https://x.example/a?b=1'),
      ),
  ],
  ['pagingFields', (text) => pagingFields({ items: [], next: text, [text]: text }, 'items', 0)],
  ['rankLists', (text) => rankLists({ [text]: [{ id: 1 }] }, { name: text, path: text })],
  ['interpretRefusal of 429', (text) => interpretRefusal({ status: 429, body: { message: text } })],
  ['interpretRefusal of 401', (text) => interpretRefusal({ status: 401, body: { message: text } })],
  ['interpretRefusal of 500', (text) => interpretRefusal({ status: 500, body: { message: text } })],
  ['limitIn', (text) => limitIn(text, 1000)],
  ['retryAfterMs', (text) => retryAfterMs(answerOf(text), 0)],
  ['traceOf', (text) => traceOf(answerOf(text.slice(0, 100_000)), [SECRET])],
  [
    'refusalFailure',
    (text) =>
      refusalFailure(answerOf(text), sent, {
        interpret: interpretRefusal,
        sentence: (_c, _s, _t, said) => said,
      }),
  ],
  ['redact', (text) => watch.redact(text)],
  ['withoutSecrets', (text) => withoutSecrets(text, [SECRET])],
  ['holdsSecret', (text) => holdsSecret(text, [SECRET])],
  ['assertToken', (text) => failing(() => assertToken(text, 'x'))],
  [
    'assertHeaderValue',
    (text) => failing(() => assertHeaderValue({ value: text, source: 'x', expires_at: null }, 'x')),
  ],
  ['tokenStatus', (text) => tokenStatus(text, text, 0)],
  ['notAnAccessToken', notAnAccessToken],
  ['parseExpiry', (text) => failing(() => parseExpiry(text, 0))],
  ['variablesIn', (text) => variablesIn(text)],
  ['withoutVariables', withoutVariables],
  ['neededVariables', (text) => neededVariables(text)],
  ['wrongVariable', wrongVariable],
  ['fillText', (text) => failing(() => fillText(text, FILLING))],
  ['loginMistakes', (text) => loginMistakes({ body: { [text]: text }, headers: { a: text } })],
  ['namedSecrets', (text) => namedSecrets({ a: text })],
  ['placeholdersIn', (text) => placeholdersIn(text)],
  [
    'bindEndpoint',
    (text) => bindEndpoint({ ...config, path: text, params: { a: text } }, new Map([['b', '1']])),
  ],
  ['readConfig', (text) => failing(() => readConfig(`{"version":1,"a":${JSON.stringify(text)}}`, 'x.json'))],
  [
    'parseEndpoints',
    (text) =>
      failing(() => parseEndpoints({ version: 1, endpoints: [{ ...config, path: text, [text]: 1 }] })),
  ],
  ['isSafeUrl', (text) => isSafeUrl(`https://${text}`)],
  [
    'createProxies',
    (text) =>
      createProxies({ NO_PROXY: text.slice(0, MOST_VARIABLE), HTTPS_PROXY: 'http://x' })(
        new URL('https://y.example'),
      ),
  ],
  [
    'createProxies of an address',
    (text) =>
      failing(() =>
        createProxies({ HTTPS_PROXY: text.slice(0, MOST_VARIABLE) })(new URL('https://y.example')),
      ),
  ],
  [
    'redirected',
    (text) =>
      redirected(
        { status: 302, headers: { location: `/${text.slice(0, MOST_VARIABLE)}` } },
        REQUEST,
        new URL('https://x.example/a'),
        [],
        [SECRET],
      ),
  ],
  ['inlined', (text) => inlined({ a: {} }, { $ref: `#/${text}` })],
  [
    'readOperation',
    (text) => readOperation({ paths: { [text]: { get: { operationId: text, responses: {} } } } }, text),
  ],
  ['inUtf8 of windows-1252', (text) => inUtf8(Buffer.from(text, 'latin1'), 'text/plain; charset=latin1')],
  ['inUtf8 of UTF-16', (text) => inUtf8(Buffer.from(`\ufeff${text}`, 'utf16le'), undefined)],
  [
    'inUtf8 of UTF-32',
    (text) =>
      inUtf8(
        Buffer.concat([Buffer.of(0xff, 0xfe, 0, 0), Buffer.from(text.slice(0, MANY), 'utf16le')]),
        undefined,
      ),
  ],
  ['inUtf8 of a charset', (text) => failing(() => inUtf8(Buffer.from('a'), `text/plain; charset=${text}`))],
  ['sampleOf', (text) => sampleOf(Buffer.from(JSON.stringify({ a: text })), [])],
  ['noRecord', (text) => noRecord(Buffer.from('{}'), 'a', { message: text })],
  ['saysFailed', (text) => saysFailed({ [text]: text, message: text })],
  ['failureOf', (text) => failureOf({ error: text })],
  ['isWholeKey', isWholeKey],
  ['endsList', (text) => endsList(text, undefined)],
  ['decimalOf', decimalOf],
  ['nearestName', (text) => nearestName(['orders', text], text.slice(1))],
  ['foldName', foldName],
  ['storableName', storableName],
  ['storedNames', (text) => storedNames([{ name: text }, { name: `${text}_` }])],
  ['listPage', (text) => failing(() => listPage({ items: [{ name: text }], nextPage: text }, 'tables'))],
  ['readStructure', (text) => failing(() => readStructure(JSON.stringify({ [text]: text })))],
  [
    'jsonPlaces',
    (text) =>
      jsonPlaces(
        leaveAsJson(readStructure(JSON.stringify({ [text.slice(1)]: 'VARCHAR' })), `.${text}`, () => {}),
      ),
  ],
  ['urlTemplate', (text) => urlTemplate({ base_url: 'https://x.example', path: text })],
  ['quote', (text) => quote(text)],
  ['literal', literal],
  ['valueAsText', (text) => valueAsText(text as never)],
  ['jsonPath', jsonPath],
  ['quoted', quoted],
  ['yamlLines', (text) => yamlLines({ a: text })],
  ['toDlt', (text) => toDlt([{ ...config, path: text }])],
  ['listOf', listOf],
  ['readTime', readTime],
  ['databaseFailure', (text) => databaseFailure(new Error(`Could not set lock on file ${text}`), 'x')],
  [
    'queryFailure',
    (text) =>
      queryFailure(
        new Error(`Parser Error: ${text}\n\nLINE 1: ${text}`),
        { label: 'x', container: 'file' },
        'y',
        undefined,
      ),
  ],
  [
    'queryFailure of a write',
    (text) =>
      queryFailure(
        new Error(`Invalid Input Error: Cannot execute statement of type "${text}`),
        { label: 'x', container: 'file' },
        'y',
        undefined,
      ),
  ],
  ['printable', printable],
  ['printableJson', printableJson],
  ['jsonText', jsonText],
  ['shellWord', shellWord],
  [
    'toPostgresDdl',
    (text) =>
      toPostgresDdl(
        [{ table: text, name: text, schema: null, description: '', columns: [], primary_key: [] } as never],
        { schema: text },
      ),
  ],
  ['identifier of Postgres', (text) => identifier(text)],
  ['literal of Postgres', postgresLiteral],
  ['mermaidOf', (text) => mermaidOf([{ table: text, columns: [], references: [] } as never], [])],
  [
    'progressLines',
    (text) =>
      progressLines(
        [{ name: text, read: 1, expected: 2, rate: 1, wait: null }],
        { tables: 1, done: 0, rows: 1, rate: 1, elapsed_ms: 1 },
        { columns: 80, rows: 24 },
        (_, line) => line,
      ),
  ],
  ['a note', (text) => printer.note(text)],
  ['a table', (text) => printer.table(['a', 'b'], [['x', text]])],
  [
    'usageError',
    (text) =>
      usageError(
        {
          code: 'commander.invalidArgument',
          message: `error: argument '${text}' is invalid. Allowed choices are a, b.`,
        } as never,
        { name: () => 'x', commands: [], options: [] } as never,
        [],
      ),
  ],
];

/** Milliseconds of CPU time that are fine on any computer. */
const FINE_MS = 100;
/**
 * What a slow or busy computer may take instead: so many times what plain work on a million characters takes
 * at the same moment. On an idle one that is some 360 ms.
 */
const MOST_YARDS = 10;
/**
 * A collection of garbage, or another program that empties the caches, is nothing of the function's own: the
 * best of several runs counts.
 */
const MOST_RUNS = 6;

function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash;
}

const YARD = 'yardstick '.repeat(MANY / 10);
/** Ten passes over a million characters, which leave no garbage. 36 ms on an idle computer. */
const yardMs = (): number =>
  cpuMs(() => {
    let sum = 0;
    for (let pass = 0; pass < 10; pass++) sum = hashOf(YARD, sum);
    return sum;
  });

/** What is wrong with the time that some work takes; undefined where nothing is. */
function slowness(work: () => unknown): string | undefined {
  let [least_ms, least_yards] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let run = 0; run < MOST_RUNS; run++) {
    const ms = cpuMs(work);
    if (ms <= FINE_MS) return undefined;
    least_ms = Math.min(least_ms, ms);
    least_yards = Math.min(least_yards, ms / Math.max(1, yardMs()));
    if (least_yards <= MOST_YARDS) return undefined;
    // A busy computer does not explain that twice.
    if (run > 0 && least_yards > 2 * MOST_YARDS) break;
  }
  return `${Math.round(least_ms)} ms, ${Math.round(least_yards)} times the yardstick`;
}

/** The texts that a function is slow for. Short ones come first: square time would not end with long ones. */
function slowTexts(work: (text: string) => unknown): string[] {
  for (const texts of [SHORT, LONG]) {
    const slow = texts.flatMap((text) => {
      const wrong = slowness(() => work(text));
      return wrong === undefined ? [] : [`${JSON.stringify(text.slice(0, 12))}: ${wrong}`];
    });
    if (slow.length > 0) return slow;
  }
  return [];
}

const SHORT = worstTexts(FEW);
const LONG = worstTexts(MANY);

describe('a million characters from outside', () => {
  it.each(FUNCTIONS)('take linear time: %s', (_, work) => {
    expect(slowTexts(work)).toEqual([]);
  });

  it('would be noticed if they took square time', () => {
    expect(slowTexts((text) => text.replace(/\/+$/, ''))).toEqual([
      expect.stringMatching(/^"\/{12}": \d+ ms, \d+ times the yardstick$/),
    ]);
  });
});
