import zlib, { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { XanoError } from '../../../src/errors.js';
import { readRecords } from '../../../src/rest/decode/records.js';
import { rejectionOf } from '../decode/reading.js';
import { client, get } from '../http/sending.js';
import { type Reply, serve } from '../http/serving.js';

const ROWS = [
  { id: 1, name: 'Müller €' },
  { id: 2, name: 'Ana' },
];
const TEXT = JSON.stringify(ROWS);

/** Reads a bare list as a load does: its records as text. */
async function list(reply: Reply): Promise<{ records: string; requests: number }> {
  const server = await serve(() => reply);
  const { send, traffic } = client();
  const records = await send(get(server.origin), ({ body }) =>
    Buffer.from(readRecords(body, '', { columns: [], excluded: [] }).records).toString('utf8'),
  );
  return { records: String(records), requests: traffic.requests };
}

async function failure(reply: Reply, selector = '') {
  const server = await serve(() => reply);
  const { send } = client();
  const error = await rejectionOf(
    send(get(server.origin), ({ body }) => readRecords(body, selector, { columns: [], excluded: [] })),
  );
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    requests: server.received.length,
  };
}

const bytes = (body: Uint8Array, type: string, more: Record<string, string> = {}): Reply => ({
  headers: { 'content-type': type, ...more },
  body,
});

function utf32(text: string, is_big: boolean): Buffer {
  const points = [...text].map((one) => one.codePointAt(0)!);
  const all = Buffer.alloc(points.length * 4);
  for (const [at, point] of points.entries())
    is_big ? all.writeUInt32BE(point, at * 4) : all.writeUInt32LE(point, at * 4);
  return all;
}
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const windows1252 = (text: string): Buffer => Buffer.from(text.replace('€', '\u0080'), 'latin1');

describe('an answer in a charset', () => {
  it.each<[string, Uint8Array, string]>([
    ['of ISO-8859-1', windows1252(TEXT), 'application/json; charset=ISO-8859-1'],
    ['of Windows', windows1252(TEXT), 'application/json;charset=windows-1252'],
    ['in quotes', windows1252(TEXT), 'application/json; charset="Latin1"; profile=x'],
    ['that is UTF-8 in quotes', Buffer.from(TEXT), 'application/json; charset="utf-8"'],
    ['that MySQL calls UTF-8', Buffer.from(TEXT), 'application/json; charset=utf8mb4'],
    ['that is said to be ASCII and is UTF-8', Buffer.from(TEXT), 'application/json; charset=us-ascii'],
    ['of a mark against its header', Buffer.from(`\ufeff${TEXT}`), 'application/json; charset=latin1'],
    [
      'of UTF-16 with its mark',
      Buffer.from(`\ufeff${TEXT}`, 'utf16le'),
      'application/json; charset=utf-16le',
    ],
    ['of UTF-16 without a mark', Buffer.from(TEXT, 'utf16le'), 'application/json; charset=utf-16le'],
    ['of UTF-16, big-endian', utf16be(TEXT), 'application/json; charset=UTF-16BE'],
    ['of UTF-16, either one', utf16be(`\ufeff${TEXT}`), 'application/json; charset=utf-16'],
    ['that only its mark tells', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), 'application/json'],
    ['that only its zero bytes tell', Buffer.from(TEXT, 'utf16le'), 'application/json'],
    ['that its zero bytes tell better', Buffer.from(TEXT, 'utf16le'), 'application/json; charset=utf-8'],
    ['of UTF-32', utf32(TEXT, true), 'application/json; charset=utf-32be'],
    ['of UTF-32 with its mark', utf32(`\ufeff${TEXT}`, false), 'application/json'],
  ])('is read: %s', async (_, body, type) => {
    expect(await list(bytes(body, type))).toEqual({ records: TEXT.slice(1, -1), requests: 1 });
  });

  it('that is unknown is refused at once', async () => {
    expect(await failure(bytes(Buffer.from(TEXT), 'application/json; charset=x-klingon'))).toMatchObject({
      code: 'RESPONSE_UNEXPECTED',
      message: 'The answer is in the charset "x-klingon", which cannot be read.',
      requests: 1,
    });
  });

  it('of several bytes keeps its invalid bytes invalid', async () => {
    const body = Buffer.concat([
      Buffer.from('[{"id":1,"a":"'),
      Buffer.of(0x82, 0xa0, 0xff),
      Buffer.from('"}]'),
    ]);
    const server = await serve(() => bytes(body, 'application/json; charset=shift_jis'));
    const read = await client().send(get(server.origin), (answer) => answer.body);
    expect(Buffer.from(read as Uint8Array)).toEqual(
      Buffer.concat([Buffer.from('[{"id":1,"a":"あ'), Buffer.of(0xff), Buffer.from('"}]')]),
    );
  });

  it('that is unknown in a refusal leaves the refusal unchanged', async () => {
    const headers = { 'content-type': 'text/plain; charset=x-klingon' };
    expect(await failure({ status: 404, headers, body: 'no' })).toMatchObject({ code: 'XANO_FAILED' });
  });
});

describe('an answer that is compressed', () => {
  const json = Buffer.from(TEXT);
  it.each<[string, string, Uint8Array]>([
    ['as gzip', 'gzip', gzipSync(json)],
    ['as x-gzip, in upper case', 'X-GZIP', gzipSync(json)],
    ['as deflate with its header', 'deflate', deflateSync(json)],
    ['as bare deflate', 'deflate', deflateRawSync(json)],
    ['as br', 'br', brotliCompressSync(json)],
    ['not at all, which is said', 'identity', json],
    ['by a name that is none', 'utf-8', json],
    ['in several ways', 'gzip, br', brotliCompressSync(gzipSync(json))],
    ['in several ways, with identity', 'identity, DEFLATE,gzip', gzipSync(deflateSync(json))],
    ['twice, and says so', 'gzip, gzip', gzipSync(gzipSync(json))],
    ['twice, and says it once', 'gzip', gzipSync(gzipSync(json))],
    ['without saying so', '', gzipSync(json)],
    ['not at all, though it says so', 'gzip', json],
  ])('is read: %s', async (_, encoding, body) => {
    const headers: Record<string, string> = encoding === '' ? {} : { 'content-encoding': encoding };
    expect(await list({ headers, body })).toEqual({ records: TEXT.slice(1, -1), requests: 1 });
  });

  it.each<[string, string, Uint8Array, string]>([
    [
      'in a way that nobody unpacks',
      'compress',
      json,
      'The answer is compressed as "compress", which cannot be read.',
    ],
    [
      'in another way than it says',
      'br',
      gzipSync(json),
      'The answer says that it is compressed as "br", but it cannot be unpacked.',
    ],
  ])('is refused at once: %s', async (_, encoding, body, message) => {
    const said = await failure({ headers: { 'content-encoding': encoding }, body });
    expect(said).toMatchObject({ code: 'RESPONSE_UNEXPECTED', message, requests: 1 });
  });

  it.each<[string, (body: Buffer) => Buffer]>([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('as %s and cut is requested again', async (encoding, pack) => {
    const packed = pack(Buffer.from(TEXT.repeat(20)));
    const headers = { 'content-encoding': encoding };
    const server = await serve((_, n) => ({
      headers,
      body: n === 0 ? packed.subarray(0, packed.length - 9) : pack(json),
    }));
    const { send, clock } = client();
    expect(await send(get(server.origin))).toBe(TEXT);
    expect(clock.slept).toEqual([500]);
  });

  it('as zstd is read where Node can, or refused with a hint', async () => {
    const pack = (zlib as { readonly zstdCompressSync?: (data: Uint8Array) => Uint8Array }).zstdCompressSync;
    const reply = {
      headers: { 'content-encoding': 'zstd' },
      body: pack?.(json) ?? Buffer.of(0x28, 0xb5, 0x2f),
    };
    const server = await serve(() => reply);
    const said = await client()
      .send(get(server.origin))
      .catch((thrown: XanoError) => `${thrown.message} ${thrown.hint}`);
    expect(said).toBe(
      pack === undefined
        ? 'The answer is compressed as "zstd", which cannot be read. Use Node 22.15 or newer, or ask for gzip: `headers: { accept-encoding: gzip }`.'
        : TEXT,
    );
    expect(server.received).toHaveLength(1);
    expect(server.received[0]!.headers['accept-encoding']?.includes('zstd')).toBe(pack !== undefined);
  });

  it('and empty is read as empty', async () => {
    const server = await serve(() => ({ headers: { 'content-encoding': 'br' }, body: '' }));
    expect(await client().send(get(server.origin))).toBe('');
  });
});

describe('JSON Lines', () => {
  const lines = ROWS.map((row) => JSON.stringify(row));
  it.each<[string, string, string]>([
    ['as the config says', 'application/x-ndjson', `${lines.join('\n')}\n`],
    ['without the last line break', 'application/jsonl; charset=utf-8', lines.join('\n')],
    [
      'with blank lines and carriage returns',
      'application/json-lines',
      `\r\n${lines.join('\r\n\r\n')}\r\n\r\n`,
    ],
    ['that nothing tells but their lines', 'application/json', lines.join('\n')],
    ['as plain text', 'text/plain', `${lines.join(' \n ')}\n`],
    ['as a sequence of RFC 7464', 'application/json-seq', lines.map((line) => `\u001e${line}\n`).join('')],
  ])('are a list of records: %s', async (_, type, body) => {
    const { records, requests } = await list({ headers: { 'content-type': type }, body });
    expect([JSON.parse(`[${records.replaceAll('\u001e', ' ')}]`), requests]).toEqual([ROWS, 1]);
  });

  it('of one record, and of none, are lists', async () => {
    const headers = { 'content-type': 'application/x-ndjson' };
    expect((await list({ headers, body: '{"id":1}\n' })).records).toBe('{"id":1}');
    expect((await list({ headers, body: '' })).records).toBe('');
  });

  it('whose last line is cut are requested again', async () => {
    const headers = { 'content-type': 'application/x-ndjson' };
    const server = await serve((_, n) => ({
      headers,
      body: n === 0 ? lines.join('\n').slice(0, -4) : lines.join('\n'),
    }));
    const { send, clock } = client();
    const count = await send(
      get(server.origin),
      ({ body }) => readRecords(body, '', { columns: [], excluded: [] }).count,
    );
    expect([count, clock.slept]).toEqual([2, [500]]);
  });

  it('are not assumed in one object that has line breaks', async () => {
    const body = JSON.stringify({ a: { b: 1 }, items: [{ id: 1 }, { id: 2 }] }, null, 1);
    const server = await serve(() => ({ body }));
    expect(await client().send(get(server.origin))).toBe(body);
  });
});

describe('an answer in another format', () => {
  const instead = (what: string): string => `The answer is ${what} where a list of records was expected.`;
  it.each<[string, string, string | Uint8Array, string]>([
    ['CSV', 'text/csv', 'id,name\n1,a\n', instead('CSV')],
    ['CSV of a head alone', 'text/csv; charset=utf-8', 'id\n', instead('CSV')],
    ['CSV with semicolons under another type', 'text/plain', 'id;name\r\n1;a\r\n', instead('CSV')],
    ['a table with tabs', 'text/plain', 'id\tname\n1\ta\n', instead('a table separated by tabs')],
    ['XML', 'application/xml', '<?xml version="1.0"?>\n<rows><row/></rows>\n', instead('XML (<rows>)')],
    ['a feed', 'text/html', '<rss version="2.0"><channel/></rss>', instead('XML (<rss>)')],
    ['SOAP', 'text/xml', '<soap:Envelope xmlns:soap="x"><a/></soap:Envelope>', instead('XML (<Envelope>)')],
    ['YAML', 'application/yaml', '- id: 1\n- id: 2\n', instead('YAML')],
    ['YAML under another type', 'text/plain', '---\nid: 1\n', instead('YAML')],
    ['JSONP', 'application/javascript', 'cb([{"id":1}]);', instead('JSONP (JSON in a function call)')],
    [
      'JSONP with a comment',
      'text/javascript',
      '/**/ a.b({"id":1})',
      instead('JSONP (JSON in a function call)'),
    ],
    [
      'a ZIP file',
      'application/json',
      Buffer.from('PK\u0003\u0004xxxx', 'latin1'),
      instead('a ZIP or Excel file'),
    ],
    [
      'protobuf',
      'application/x-protobuf',
      Buffer.of(8, 1, 18, 3, 97),
      instead('binary (application/x-protobuf)'),
    ],
    [
      'a login',
      'text/html',
      '<!doctype html><form><input type="password"></form></html>',
      instead('an HTML login page'),
    ],
    [
      'a prefix',
      'application/json',
      ')]}\',\n[{"id":1}]',
      'The answer begins with a prefix against script inclusion (XSSI) before its JSON.',
    ],
    [
      'another prefix',
      'application/json',
      'for(;;);[{"id":1}]',
      'The answer begins with a prefix against script inclusion (XSSI) before its JSON.',
    ],
    [
      'NaN',
      'application/json',
      '[{"id":1,"v":NaN,"w":-Infinity}]',
      'The answer holds NaN, -Infinity, which JSON does not allow.',
    ],
    [
      'Python',
      'application/json',
      "[{'id': 1}]",
      'The answer uses single quotes, which JSON does not allow.',
    ],
    [
      'words of Python',
      'application/json',
      '[{"id": 1, "a": None}]',
      'The answer holds None, which JSON does not allow.',
    ],
    [
      'a last comma',
      'application/json',
      '[{"id":1},]',
      'The answer holds a comma at the end of a list, which JSON does not allow.',
    ],
    [
      'two documents',
      'application/json',
      '[{"id":1}]\n[{"id":2}]',
      'The answer holds several JSON documents, one after the other.',
    ],
  ])('is named by its format, after one request: %s', async (_, type, body, message) => {
    const said = await failure({ headers: { 'content-type': type }, body });
    expect(said).toMatchObject({ code: 'RESPONSE_UNEXPECTED', message, requests: 1 });
    expect(said.hint).not.toContain('Xano');
  });

  it.each<[string, string, string]>([
    ['the error page of a proxy', 'text/html', '<html><body>Bad Gateway</body></html>'],
    ['JSON that was cut', 'application/json', '[{"id":1},{"id"'],
    ['XML that was cut', 'application/xml', '<?xml version="1.0"?><rows><row>'],
    ['prose', 'text/plain', 'Please wait, we will be back.'],
    ['nothing', 'application/json', ''],
    ['an error', 'application/json', '{"code":"ERROR_FATAL","message":"Connection lost"}'],
  ])('is requested again where it has no format, which may be temporary: %s', async (_, type, body) => {
    const said = await failure({ headers: { 'content-type': type }, body });
    expect([said.code, said.requests]).toEqual(['RESPONSE_UNEXPECTED', 6]);
  });
});

describe('an object where a list is expected', () => {
  const ONE = 'The answer itself is not a list, nor any other list: ';
  it.each<[string, object, string, string]>([
    ['one record', { id: 1, name: 'S3CR3T' }, '', `${ONE}it is an object with the keys "id", "name".`],
    [
      'one record below a key',
      { data: { id: 1 } },
      'data',
      'The answer has no list at "data", nor any other list: it is an object with the key "data".',
    ],
    [
      'objects by their ids',
      { data: { 1: { id: 1 }, 2: { id: 2 } } },
      '',
      `${ONE}its "data" holds 2 objects by key.`,
    ],
    ['one object by its id', { 17: { id: 17 } }, '', `${ONE}it holds 1 objects by key.`],
    [
      'objects by names that may be secret',
      { 'a@S3CR3T': { x: 1 }, 'b@S3CR3T': { x: 2 } },
      '',
      `${ONE}it holds 2 objects by key.`,
    ],
  ])(
    'is refused after one request, by its keys and never its values: %s',
    async (_, body, selector, message) => {
      const said = await failure({ body }, selector);
      expect(said).toMatchObject({ code: 'RESPONSE_UNEXPECTED', message, requests: 1 });
      expect(JSON.stringify(said)).not.toContain('S3CR3T');
      expect(said.hint).not.toContain('Xano');
    },
  );
});
