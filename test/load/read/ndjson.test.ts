/** Lists that are written as NDJSON: read where the config says so or leaves it open, and named elsewhere. */

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { type Reply, serve } from '../../rest/http/serving.js';
import { loadInto, temporaryFile, values } from '../loading.js';

const LINES = '{"id":1,"n":"a"}\r\n\n{"id":2,"n":"b"}\n{"id":9007199254740993,"n":"c"}';

async function loaded(more: object, reply: Reply) {
  const server = await serve(() => reply);
  const config: EndpointConfig = parseEndpoints({
    version: 1,
    endpoints: [
      {
        name: 'lines',
        base_url: server.origin,
        path: '/lines',
        method: 'GET',
        pagination: { type: 'single_page' },
        auth: { type: 'none' },
        ...more,
      },
    ],
  })[0]!;
  const file = temporaryFile();
  const result = await loadInto([config], file, { http: clientWith('unneeded', fakeClock()) });
  return { report: result.onlyTable, file, requests: server.received.length };
}

/** The tables that readers of a target see. */
async function published(file: string): Promise<unknown[]> {
  const sql = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'xano_data'";
  return existsSync(file) ? values(file, sql) : [];
}

const ndjson = { headers: { 'content-type': 'application/x-ndjson' }, body: LINES };

it.each<[string, object]>([
  ['the config says so', { data_selector: '', format: 'ndjson' }],
  ['where the records are is detected', {}],
  ['pages are detected', { data_selector: '', pagination: { type: 'auto' } }],
])('NDJSON is read where %s', async (_, more) => {
  const { report, file } = await loaded(more, ndjson);
  expect(report).toMatchObject({ status: 'loaded', rows_written: 3 });
  expect(await values(file, 'SELECT id::VARCHAR FROM xano_data.lines')).toEqual([
    '1',
    '2',
    '9007199254740993',
  ]);
});

it.each<[string, object]>([
  ['says how the list is read', { data_selector: '' }],
  ['says json', { format: 'json' }],
])('NDJSON is reported at once where the config %s', async (_, more) => {
  const { report, requests } = await loaded(more, ndjson);
  expect(report.error).toEqual({
    code: 'RESPONSE_UNEXPECTED',
    message: 'The answer for "lines" is NDJSON, one JSON object a line.',
    hint: 'Set format to ndjson in this resource.',
  });
  expect(requests).toBe(1);
});

it('one JSON document is read where the config says ndjson', async () => {
  const { report } = await loaded({ data_selector: '', format: 'ndjson' }, { body: [{ id: 1 }] });
  expect(report).toMatchObject({ status: 'loaded', rows_written: 1 });
});

describe('a line that reports a failure', () => {
  const type = { 'content-type': 'application/x-ndjson' };
  const rows = ['{"id":1,"n":"a"}', '{"id":2,"n":"b"}', '{"id":3,"n":"c"}'];

  it.each([
    ['{"error":"export failed after 3 rows"}', 'error', 'export failed after 3 rows'],
    ['{"errors":[{"message":"Shard 2 is gone"}]}', 'errors', 'Shard 2 is gone'],
    ['{"success":false,"message":"Stopped"}', 'success', 'Stopped'],
    ['{"status":"error","message":"Out of quota"}', 'status', 'Out of quota'],
  ])('fails the table at any place: %s', async (line, field, words) => {
    for (const more of [{}, { data_selector: '', format: 'ndjson' }])
      for (const at of [0, 1, 3]) {
        const body = rows.toSpliced(at, 0, line).join('\n');
        const { report, file } = await loaded(more, { headers: type, body });
        expect(report).toMatchObject({
          status: 'failed',
          error: {
            code: 'RESPONSE_UNEXPECTED',
            message: `Line ${at + 1} of the answer says in "${field}" that the request failed: ${words}.`,
          },
        });
        expect(await published(file)).toEqual([]);
      }
  });

  it('fails the table where it is the whole answer', async () => {
    const body = '{"error":"no such export"}\n';
    for (const more of [{}, { data_selector: '', format: 'ndjson' }]) {
      const { report } = await loaded(more, { headers: type, body });
      expect(report.error?.message).toMatch(/that the request failed: no such export\.$/);
    }
  });

  it('is a record in a table of logs', async () => {
    const body = '{"at":1,"error":"boom"}\n{"at":2,"error":"bang"}\n{"at":3,"error":null}\n';
    const { report } = await loaded({}, { headers: type, body });
    expect(report).toMatchObject({ status: 'loaded', rows_written: 3 });
  });

  it('fails the table at the end of a JSON list', async () => {
    const body = [{ id: 1, n: 'a' }, { id: 2, n: 'b' }, { error: 'export failed' }];
    for (const more of [{}, { data_selector: '' }]) {
      const { report } = await loaded(more, { body });
      expect(report.error?.message).toBe(
        'Record 3 of the answer says in "error" that the request failed: export failed.',
      );
    }
  });

  it('fails the table where it is all that a JSON list holds', async () => {
    const body = [{ error: 'export failed' }];
    for (const more of [{}, { data_selector: '' }]) {
      const { report } = await loaded(more, { body });
      expect(report.error?.message).toBe(
        'Record 1 of the answer says in "error" that the request failed: export failed.',
      );
    }
    const columns = [{ name: 'error', type: 'VARCHAR', list: false }];
    const { report } = await loaded({ columns }, { body });
    expect(report).toMatchObject({ status: 'loaded', rows_written: 1 });
  });
});
