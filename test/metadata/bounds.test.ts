/** What a Metadata API sends beyond a bound is refused by a sentence that names the bound. */
import { describe, expect, it } from 'vitest';
import { assertBounded, MOST_CATALOG_BYTES, nothingRead } from '../../src/metadata/bounds.js';
import { readTables } from '../../src/metadata/client.js';
import { fieldSchema, readWire, tableSchema } from '../../src/metadata/wire.js';
import { createHttp } from '../../src/rest/http/client.js';
import { fakeClock } from '../fixtures/clock.js';
import { rejectionOf } from '../rest/decode/reading.js';
import { type Reply, serve } from '../rest/http/serving.js';

const table = (more: object = {}) => ({ id: 1, name: 't', schema: [], index: [], ...more });
const column = (name: string) => ({ name, type: 'text' });

async function tablesOf(answer: (page: number) => Reply) {
  const server = await serve(({ url }) =>
    answer(Number(new URL(url, 'http://here').searchParams.get('page'))),
  );
  const http = createHttp({
    user_agent: 'test',
    find_secret: () => ({ value: 'token-1234567', source: 'the test', expires_at: null }),
    clock: fakeClock(),
  });
  return readTables({ http, base_url: server.origin, token: { env: 'TOKEN' } }, 1);
}

describe('a catalog beyond a bound', () => {
  it.each<[string, (page: number) => Reply, string]>([
    [
      'fields within fields',
      () => ({
        body: `{"items":[{"id":1,"name":"t","schema":[${'{"name":"a","type":"object","children":['.repeat(20_000)}${']}'.repeat(20_000)}]}],"nextPage":null}`,
      }),
      '200 levels',
    ],
    [
      'a value that nobody reads',
      () => ({ body: `[{"id":1,"name":"t","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}]` }),
      '200 levels',
    ],
    [
      'tables in one answer',
      () => ({ body: Array.from({ length: 10_001 }, (_, at) => table({ id: at + 1 })) }),
      '10,000 tables',
    ],
    [
      'tables on pages that never end',
      (page) => ({
        body: {
          items: Array.from({ length: 2_000 }, (_, at) => table({ id: page * 2_000 + at })),
          nextPage: page + 1,
        },
      }),
      '10,000 tables',
    ],
    [
      'columns',
      () => ({ body: [table({ schema: Array.from({ length: 10_001 }, (_, at) => column(`c${at}`)) })] }),
      '10,000 entries',
    ],
    [
      'indexes',
      () => ({ body: [table({ index: Array(10_001).fill({ type: 'btree', fields: [] }) })] }),
      '10,000 entries',
    ],
    ['the name of a table', () => ({ body: [table({ name: 'x'.repeat(1_001) })] }), '1,000 characters'],
    [
      'the name of a column',
      () => ({ body: [table({ schema: [column('x'.repeat(1_001))] })] }),
      '1,000 characters',
    ],
    ['bytes', () => ({ body: JSON.stringify([table({ x: 'd'.repeat(65 * 1024 * 1024) })]) }), '64 MiB'],
  ])('is refused, and the bound is named: %s', async (_, answer, bound) => {
    const error = await rejectionOf(tablesOf(answer));
    expect(error).toMatchObject({ code: 'RESPONSE_UNEXPECTED' });
    expect(error.message).toContain(bound);
  });

  it('counts all of its parts', () => {
    const values = nothingRead();
    const list = Buffer.from(`[${'1,'.repeat(999_999)}1]`);
    for (let n = 0; n < 4; n++) assertBounded(list, values);
    expect(() => assertBounded(list, values)).toThrow('5,000,000 values');
    const bytes = { bytes: MOST_CATALOG_BYTES - 1, values: 0 };
    expect(() => assertBounded(Buffer.from('[]'), bytes)).toThrow('256 MiB');
  });

  it('is accepted where brackets and commas stand in texts', () => {
    const read = nothingRead();
    assertBounded(Buffer.from(JSON.stringify({ text: `${'['.repeat(1_000)}\\",{` })), read);
    expect(read.values).toBe(2);
  });

  it('keeps 4,000 characters of a description', () => {
    const description = 'd'.repeat(5_000);
    expect(readWire(tableSchema, table({ description }), 'a table').description).toBe(
      `${'d'.repeat(4_000)}…`,
    );
    expect(readWire(fieldSchema, { ...column('c'), description }, 'a column').description).toHaveLength(
      4_001,
    );
  });
});
