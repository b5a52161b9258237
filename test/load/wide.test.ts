/** Records with thousands of fields become tables with thousands of columns. */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/rest/config/config-file.js';
import { storedNames } from '../../src/table/column.js';
import { fakeClock } from '../fixtures/clock.js';
import { clientWith } from '../fixtures/local-xano.js';
import { serve } from '../rest/http/serving.js';
import { loadInto, query, temporaryFile } from './loading.js';

const endpoints = (text: string) => readConfig(text, 'xano.yaml').endpoints;
const http = () => clientWith('the-token', fakeClock());
const wide = (count: number, value: (at: number) => unknown = (at) => at) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, value(at)]));

describe('records of thousands of fields', () => {
  it('are loaded with more fields and other types on later pages', async () => {
    const pages = [
      [{ id: 1, ...wide(3_000) }],
      [{ id: 2, ...wide(4_000) }],
      [{ id: 3, ...wide(3_000, (at) => `text ${at}`) }],
      [],
    ];
    const server = await serve(({ url }) => ({
      body: pages[Number(new URL(url, 'http://here').searchParams.get('page')) - 1] ?? [],
    }));
    const file = temporaryFile();
    const configs = endpoints(
      `client: { base_url: '${server.origin}' }\nresources: [{ name: wide, primary_key: id, data_selector: '', pagination: { type: page_number, page_param: page, page_size_param: per_page, page_size: 1 } }]`,
    );
    const result = await loadInto(configs, file, { http: http() });
    expect(result.report.resources[0]).toMatchObject({ status: 'loaded', rows_written: 3 });
    expect(await query(file, 'SELECT id, c0, c2999, c3999 FROM xano_data.wide ORDER BY id')).toEqual([
      { id: '1', c0: '0', c2999: '2999', c3999: null },
      { id: '2', c0: '0', c2999: '2999', c3999: '3999' },
      { id: '3', c0: '"text 0"', c2999: '"text 2999"', c3999: null },
    ]);
  });

  it('get distinct names where thousands differ only in upper and lower case', () => {
    const columns = Array.from({ length: 4_096 }, (_, at) => ({
      name: [...'abcdefghijkl'].map((c, bit) => ((at >> bit) & 1 ? c.toUpperCase() : c)).join(''),
    }));
    const names = storedNames(columns);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(4_096);
    expect(names.slice(0, 3)).toEqual(['abcdefghijkl', 'Abcdefghijkl_2', 'aBcdefghijkl_3']);
    expect(storedNames([{ name: 'a_2' }, { name: 'a' }, { name: 'A' }, { name: 'a' }])).toEqual([
      'a_2',
      'a',
      'A_3',
      'a_4',
    ]);
  });
});
