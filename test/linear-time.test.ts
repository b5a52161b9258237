/** Functions that take texts from outside read a million characters of the worst kind in no time: nothing else happens meanwhile, Ctrl-C neither. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { mermaidOf } from '../src/cli/mermaid.js';
import { usageError } from '../src/cli/mistakes.js';
import { createPrinter } from '../src/cli/output.js';
import { progressLines } from '../src/cli/progress-lines.js';
import { jsonText, oneLine, printable, printableJson, shellWord } from '../src/cli/text.js';
import { databaseFailure } from '../src/destinations/failures.js';
import { listOf } from '../src/destinations/identity.js';
import { queryFailure } from '../src/destinations/query-failures.js';
import { pathKeys, select } from '../src/json.js';
import { readTime } from '../src/load/time-text.js';
import { instanceAt } from '../src/metadata/choose.js';
import { notAnAccessToken, parseExpiry, tokenStatus } from '../src/metadata/token.js';
import { oneLine as joined, withoutTrailing } from '../src/plain-text.js';
import { joinUrl } from '../src/rest/address.js';
import { countIn } from '../src/rest/answer-field.js';
import { bindEndpoint, placeholdersIn } from '../src/rest/bind.js';
import { bodyFormat } from '../src/rest/body-format.js';
import { candidates } from '../src/rest/candidates.js';
import type { EndpointConfig } from '../src/rest/config.js';
import { readConfig } from '../src/rest/config-file.js';
import { noList } from '../src/rest/envelope.js';
import { isJsonLines, listOfLines } from '../src/rest/json-lines.js';
import { nextLink } from '../src/rest/link-header.js';
import { keepConfigured } from '../src/rest/links.js';
import { rankLists } from '../src/rest/lists.js';
import { limitIn } from '../src/rest/page-limit.js';
import { pagingFields } from '../src/rest/paging-fields.js';
import { createSecretWatch } from '../src/rest/redaction.js';
import { refusalFailure, type Sent, traceOf } from '../src/rest/refusals.js';
import { saidFailure } from '../src/rest/said-failure.js';
import { assertHeaderValue, assertToken, holdsSecret, withoutSecrets } from '../src/rest/secrets.js';
import { variablesIn, withoutVariables } from '../src/rest/variables.js';
import { retryAfterMs } from '../src/rest/wait-time.js';
import { interpretRefusal } from '../src/xano/conventions.js';

const MANY = 1_000_000;
/**
 * Milliseconds of this program's own time, garbage included. On an idle computer most take less than 100, while square time would be
 * minutes.
 */
const MOST_MS = 500;

/** A million characters of a part. */
const many = (part: string): string => part.repeat(Math.ceil(MANY / part.length));

/** Texts that make expressions go back and forth: rows of what they repeat, without what they end in. */
const WORST: readonly string[] = [
  `${many('/')}a`,
  `x${many(' ')}x`,
  `${many(' \t')}\u00a0x`,
  `x${many('\r\n')}x`,
  many('1'),
  many('1 requests per '),
  many('<'),
  `<x>${many(';')}`,
  `<x>; rel="${many('\\')}`,
  `<x>${many('; rel=')}`,
  many('rel= '),
  many('%'),
  many('%2'),
  many('$'),
  many('${a'),
  many('{a'),
  many("'"),
  many('"'),
  many('_'),
  many('\\u00'),
  many('LINE 1: '),
  many(' of "'),
  many('#'),
  many('expired'),
  many('e'),
  many('-'),
  many('a.'),
  many('eyJ'),
];

const SECRET = 'eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4YW5vOm1ldGEiLCJ4IjoxfQ.c2lnbmF0dXJlLXNlY3JldA';
const watch = createSecretWatch();
watch.add([SECRET]);

const config = {
  name: 'a',
  base_url: 'https://x.example',
  path: 'a',
  method: 'GET',
  params: {},
  headers: {},
  auth: { type: 'none' },
} as unknown as EndpointConfig;

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

const FUNCTIONS: readonly (readonly [name: string, work: (text: string) => unknown])[] = [
  ['withoutTrailing', (text) => withoutTrailing(text, '/')],
  ['oneLine of messages', joined],
  ['oneLine of descriptions', oneLine],
  ['joinUrl', (text) => joinUrl(text, text)],
  ['instanceAt', (text) => failing(() => instanceAt(`https://x.example/${text}`))],
  ['nextLink', nextLink],
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
  ['placeholdersIn', (text) => placeholdersIn(text)],
  [
    'bindEndpoint',
    (text) => bindEndpoint({ ...config, path: text, params: { a: text } }, new Map([['b', '1']])),
  ],
  ['readConfig', (text) => failing(() => readConfig(`{"version":1,"a":${JSON.stringify(text)}}`, 'x.json'))],
  ['listOf', listOf],
  ['readTime', readTime],
  ['databaseFailure', (text) => databaseFailure(new Error(`Could not set lock on file ${text}`), 'x')],
  [
    'queryFailure',
    (text) => queryFailure(new Error(`Parser Error: ${text}\n\nLINE 1: ${text}`), 'x', 'y', undefined),
  ],
  [
    'queryFailure of a write',
    (text) =>
      queryFailure(
        new Error(`Invalid Input Error: Cannot execute statement of type "${text}`),
        'x',
        'y',
        undefined,
      ),
  ],
  ['printable', printable],
  ['printableJson', printableJson],
  ['jsonText', jsonText],
  ['shellWord', shellWord],
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

/** The least time that some runs took: a collection of garbage is nothing of the function's own. */
function leastMs(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3 && least > MOST_MS; run++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

describe('a million characters from outside', () => {
  it.each(FUNCTIONS)('take linear time: %s', (_, work) => {
    const slow = WORST.flatMap((text) => {
      const ms = leastMs(() => work(text));
      return ms > MOST_MS ? [`${text.slice(0, 12)}: ${Math.round(ms)} ms`] : [];
    });
    expect(slow).toEqual([]);
  });
});
