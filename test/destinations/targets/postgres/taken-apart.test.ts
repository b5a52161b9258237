/** Texts within JSON that Postgres cannot hold, where lists become tables and objects become columns. */
import { expect, it } from 'vitest';
import { describePostgres, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { column, plan } from '../../writing.js';
import { postgresPlace } from './place.js';

const COLUMNS = [column('id', 'BIGINT'), column('v', 'JSON')];
const FIRST = '{"name":"a\\u0000b","items":[{"sku":"\\u0000"},{"sku":"x"}],"tags":["\\u0000","t"]}';
const SECOND = '{"name":"c","items":[]}';
const DEEP = `{"name":"d","more":${'['.repeat(6_000)}${']'.repeat(6_000)}}`;
const ROWS = [FIRST, SECOND, DEEP].map((v, i) => `{"id":${i + 1},"v":${v}}`);
const REASONS = {
  part: 'Postgres cannot store a text with a NUL character; the JSON that it is part of keeps it',
  deep: 'Postgres cannot store JSON that is nested deeper than 5000 levels',
  binary: 'jsonb cannot store \\u0000 or half of a surrogate pair',
};
const reject = (row_key: string | null, name: string, raw: string, reason: keyof typeof REASONS) => ({
  ...{ row_key, column: name, raw: raw.slice(0, 90), reason: REASONS[reason], load_id: 'load-2' },
});
const PARTS = [
  reject('1', 'v__name', '"a\\u0000b"', 'part'),
  reject('3', 'v', DEEP, 'deep'),
  reject(null, 'v__items.sku', '"\\u0000"', 'part'),
  reject(null, 'v__tags.value', '"\\u0000"', 'part'),
];
const WHOLE = [reject('1', 'v', FIRST, 'binary'), reject('3', 'v', DEEP, 'deep')];
const flat = { flatten: { reserved: [] } };

describePostgres('JSON that is taken apart', () => {
  it.each([
    ['json', flat, 'replace', [FIRST, SECOND, null], PARTS],
    ['json', flat, 'merge', [FIRST, SECOND, null], PARTS],
    [
      'json',
      { nested: 'struct' },
      'replace',
      [FIRST, '{"name":"c","items":[],"tags":null}', null],
      [WHOLE[1]],
    ],
    ['jsonb', { ...flat, nested: 'struct' }, 'merge', [null, '{"name": "c", "items": []}', null], WHOLE],
  ] as const)(
    'keeps %s with %j by %s, and rejects what Postgres cannot hold',
    async (json, choices, type, stored, rejects) => {
      const place = await postgresPlace(`?json=${json}`);
      const published = [];
      for (const load_id of ['load-1', 'load-2']) {
        const of = plan({ ...choices, write_disposition: type, load_id, target: { columns: COLUMNS } });
        published.push(await using(place, (destination) => publish(destination, of, ROWS)));
      }
      expect(published.map(({ values_rejected }) => values_rejected)).toEqual([
        rejects.length,
        rejects.length,
      ]);
      expect((await rows(place.to, 'SELECT v FROM xano_data.shop ORDER BY id')).map(({ v }) => v)).toEqual(
        stored,
      );
      const sql =
        'SELECT row_key, "column", left(raw, 90) AS raw, reason, load_id FROM _xano.rejects ORDER BY 1, 2';
      expect(await rows(place.to, sql)).toEqual(rejects);
      if (rejects !== PARTS) return;
      const items = 'SELECT sku, _dlt_list_idx AS i FROM xano_data.shop__v__items ORDER BY 2';
      expect(await rows(place.to, items)).toEqual([
        { sku: null, i: '0' },
        { sku: 'x', i: '1' },
      ]);
    },
  );
});
