/** What a server sends beyond a bound is refused by a sentence that names the bound. */
import { describe, expect, it } from 'vitest';
import { sampleOf } from '../../../../src/rest/check/sample.js';
import { MOST_REFUSAL_BYTES } from '../../../../src/rest/decode/answer/bounds.js';
import { readRecords } from '../../../../src/rest/decode/records.js';
import { client, get } from '../../http/sending.js';
import { serve } from '../../http/serving.js';
import { rejectionOf } from '../reading.js';

const NOTHING_DECLARED = { columns: [], key: undefined, excluded: [] };
const read = (text: string, selector = '') => readRecords(Buffer.from(text), selector, NOTHING_DECLARED);
const fields = (count: number): string =>
  Array.from({ length: count }, (_, at) => `"c${at}":${at}`).join(',');
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

describe('an answer beyond a bound', () => {
  it.each<[string, string, string, string]>([
    ['fields of a record', `[{${fields(10_001)}}]`, '', '10,000 different fields'],
    ['one field over and over', `[{${Array(10_001).fill('"a":1').join(',')}}]`, '', '10,000 different'],
    [
      'fields of all records',
      `[${Array.from({ length: 10_001 }, (_, at) => `{"k${at}":1}`).join(',')}]`,
      '',
      '10,000 different fields',
    ],
    ['the name of a field', `[{"${'x'.repeat(1_001)}":1}]`, '', '1,000 characters'],
    ['levels beside the list', `{"items":[{"id":1}],"meta":${deep(1_001)}}`, 'items', '1,000 levels'],
    ['levels around the list', `{"meta":${deep(100_000)},"items":[{"id":1}]}`, 'items', '1,000 levels'],
    [
      'bytes beside the list',
      `{"items":[{"id":1}],"error_text":"${'y'.repeat(17 * 1024 * 1024)}"}`,
      'items',
      '16 MiB beside',
    ],
  ])('is refused, and the bound is named: %s', (_, text, selector, bound) => {
    expect(() => read(text, selector)).toThrow(
      expect.objectContaining({
        code: 'RESPONSE_UNEXPECTED',
        lasting: true,
        message: expect.stringContaining(bound),
      }),
    );
  });

  it('may have as many fields as are allowed, and values nested to any depth', () => {
    expect(read(`[{${fields(10_000)}}]`).drift.size).toBe(10_000);
    expect(read(`[{"id":1,"token":${deep(100_000)}}]`).count).toBe(1);
  });

  it('is not a bug where it has no list', () => {
    expect(() => read(deep(100_000))).toThrow(expect.objectContaining({ code: 'RESPONSE_UNEXPECTED' }));
  });

  it('shows a record with a deep value', () => {
    const records = Buffer.from(`{"id":1,"a":${deep(100_000)},"b":{"token":${deep(100_000)}}}`);
    expect(sampleOf(records, [])).toMatchObject({ id: 1, b: '…' });
  });
});

describe('the body of a refusal', () => {
  it('is read no further than 1 MiB', async () => {
    const words = JSON.stringify({ message: 'z'.repeat(20 * MOST_REFUSAL_BYTES) });
    const server = await serve(() => ({ status: 404, body: words }));
    const { send, traffic } = client();
    const error = await rejectionOf(send(get(`${server.origin}/gone`)));
    expect(error).toMatchObject({ code: 'XANO_FAILED', request: { status: 404 } });
    expect(traffic.bytes).toBeLessThan(3 * MOST_REFUSAL_BYTES);
  });
});

describe('the body of a temporary failure', () => {
  it.each([500, 503, 429])('is read no further than 1 MiB each time: status %i', async (status) => {
    const words = JSON.stringify({ message: 'z'.repeat(20 * MOST_REFUSAL_BYTES) });
    const server = await serve(() => ({ status, body: words }));
    const { send, traffic } = client();
    await rejectionOf(send(get(`${server.origin}/list`)));
    expect(traffic.requests).toBeGreaterThan(1);
    expect(traffic.bytes / traffic.requests).toBeLessThan(3 * MOST_REFUSAL_BYTES);
  });
});

describe('response headers', () => {
  it.each<[string, Record<string, string>]>([
    ['one of them', { 'x-large': 'h'.repeat(100_000) }],
    ['a link', { link: `<https://x.example/${'n'.repeat(100_000)}>; rel=next` }],
    ['many of them', Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`x-${at}`, 'value']))],
  ])('of more than 16 KiB are named after one request: %s', async (_, headers) => {
    const server = await serve(() => ({ headers, body: [] }));
    const { send, traffic } = client();
    const error = await rejectionOf(send(get(`${server.origin}/list`)));
    expect(error.message).toContain('the headers of its answer are larger than 16 KiB');
    expect(traffic.requests).toBe(1);
  });
});

it('a request never goes to an address of more than 65,536 characters', async () => {
  const server = await serve(() => ({ body: [] }));
  const { send, traffic } = client();
  const error = await rejectionOf(send(get(`${server.origin}/${'n'.repeat(70_000)}`)));
  expect(error).toMatchObject({ code: 'RESPONSE_UNEXPECTED' });
  expect(error.message).toContain('65,536 characters');
  expect(traffic.requests).toBe(0);
});
