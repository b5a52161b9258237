/** Lists that are written as NDJSON: read where the config says so or leaves it open, and named elsewhere. */
import { expect, it } from 'vitest';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { type Reply, serve } from '../../rest/http/serving.js';
import { clientWith, fakeClock, loadInto, temporaryFile, values } from '../loading.js';

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
  const ran = await loadInto([config], file, { http: clientWith('unneeded', fakeClock()) });
  return { report: ran.onlyTable, file, requests: server.received.length };
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
])('NDJSON is named at once where the config %s', async (_, more) => {
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
