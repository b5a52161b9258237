/**
 * U+FEFF at the beginning of names, keys and values, and other characters that readers of text like to
 * change.
 */
import { describe, expect, it } from 'vitest';
import { readSchema, readStatus } from '../../../src/index.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import type { WriteDisposition } from '../../../src/table/column.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { serve } from '../../rest/http/serving.js';
import { loadInto, query, temporaryFile } from '../loading.js';

const MARK = '\ufeff';
const http = () => clientWith('none', fakeClock());

interface Told {
  readonly name?: string;
  readonly primary_key?: readonly string[];
  readonly write_disposition?: WriteDisposition;
  readonly nested?: 'struct';
  readonly flatten?: true;
  readonly columns?: readonly object[];
}

/** A list that is loaded again and again into one file. */
async function listOf(rows: readonly object[], told: Told = {}) {
  const now = { rows };
  const { origin } = await serve(() => ({ body: { items: now.rows } }));
  const endpoint = {
    name: 'items',
    base_url: origin,
    path: 'items',
    method: 'GET',
    data_selector: 'items',
    primary_key: [],
    pagination: { type: 'single_page' },
    auth: { type: 'none' },
    ...told,
  };
  const configs = parseEndpoints({ version: 1, endpoints: [endpoint] });
  const file = temporaryFile();
  let loads = 0;
  const load = async () => {
    const { onlyTable } = await loadInto(configs, file, { http: http(), random: () => `000${++loads}` });
    expect(onlyTable).toMatchObject({ status: 'loaded', schema_changes: [] });
    return onlyTable;
  };
  return { now, file, load };
}

/** The bytes of a text in hexadecimal digits, as DuckDB itself has them. */
const hexOf = (text: string): string => Buffer.from(text).toString('hex').toUpperCase();

describe.each<WriteDisposition>(['replace', 'append', 'merge'])(
  'a byte order mark in a table that is loaded three times, %s',
  (write_disposition) => {
    const times = write_disposition === 'append' ? 3 : 1;

    it('stays before the name of a table, a column, a key and before values', async () => {
      const table = `${MARK}items`;
      const row = {
        [`${MARK}id`]: `${MARK}k`,
        id: 'k',
        [`${MARK}name`]: MARK,
        long: `${MARK}${'x'.repeat(40)}`,
      };
      const { file, load } = await listOf([row], {
        name: table,
        primary_key: [`${MARK}id`],
        write_disposition,
      });
      for (let n = 1; n <= 3; n++) {
        const { rows_total } = await load();
        expect(rows_total).toBe(write_disposition === 'append' ? n : 1);
      }
      const rows = await query(file, `SELECT * EXCLUDE (_xano_load_id) FROM xano_data."${table}"`);
      const deleted = write_disposition === 'merge' ? { _xano_deleted_at: null } : {};
      // A first merge makes the column that marks rows.
      const bare = rows.map(({ _xano_deleted_at: _, ...rest }) => rest);
      expect(bare).toEqual(Array.from({ length: times }, () => row));
      expect(rows[0]).toMatchObject(deleted);
      expect(
        await query(
          file,
          `SELECT DISTINCT hex(encode("${MARK}id")) AS key, hex(encode(long)) AS long FROM xano_data."${table}"`,
        ),
      ).toEqual([{ key: hexOf(`${MARK}k`), long: hexOf(row.long) }]);
      expect(
        await query(
          file,
          "SELECT table_name, hex(encode(column_name)) AS name FROM duckdb_columns() WHERE schema_name = 'xano_data' AND NOT starts_with(column_name, '_xano')",
        ),
      ).toEqual(Object.keys(row).map((name) => ({ table_name: table, name: hexOf(name) })));
    });

    it('in a key still finds changed and deleted rows', async () => {
      const key = `${MARK}id`;
      const { now, file, load } = await listOf(
        [
          { [key]: `${MARK}1`, n: 1 },
          { [key]: '1', n: 2 },
        ],
        { primary_key: [key], write_disposition },
      );
      await load();
      await load();
      now.rows = [{ [key]: `${MARK}1`, n: 3 }];
      const third = await load();
      expect(third.rows_deleted).toBe(write_disposition === 'append' ? 0 : 1);
      const found = await query(
        file,
        `SELECT max(n)::VARCHAR AS n FROM xano_data.items WHERE "${key}" = '${MARK}1'`,
      );
      expect(found).toEqual([{ n: '3' }]);
    });

    it('stays in names in objects, and in tables of lists', async () => {
      const row = {
        id: 1,
        o: { [`${MARK}a`]: `${MARK}x`, a: 'y' },
        [`${MARK}l`]: [{ [`${MARK}b`]: `${MARK}z` }],
      };
      const { file, load } = await listOf([row], {
        primary_key: ['id'],
        write_disposition,
        nested: 'struct',
        flatten: true,
      });
      for (let n = 1; n <= 3; n++) await load();
      const rows = await query(file, `SELECT o, "${MARK}l" FROM xano_data.items`);
      expect(rows).toEqual(
        Array.from({ length: times }, () => ({ o: row.o, [`${MARK}l`]: row[`${MARK}l`] })),
      );
      expect(await query(file, `SELECT "${MARK}b" FROM xano_data."items__${MARK}l"`)).toEqual(
        Array.from({ length: times }, () => ({ [`${MARK}b`]: `${MARK}z` })),
      );
    });
  },
);

describe('texts', () => {
  const TEXTS = [
    '',
    MARK,
    `${MARK}${MARK}`,
    `${MARK}elevenchars`,
    `${MARK}twelve bytes and more`,
    `in${MARK}side`,
    '\ufffe',
    '\ufffd',
    '\uffff',
    '\0',
    'a\0b and more than twelve bytes',
    '\u202eright to left',
    '\ud83d\ude80',
    'e\u0301',
    '\u2028\u2029\u0085\u007f',
  ];

  it('come back through a query as they were sent, alone and in lists, objects, maps and JSON', async () => {
    const { file, load } = await listOf(
      TEXTS.map((text, id) => ({ id, text, list: [text, null, text], json: { [text]: text } })),
      {
        columns: [
          { name: 'id', type: 'BIGINT' },
          { name: 'text', type: 'VARCHAR' },
          { name: 'list', type: 'VARCHAR', list: true },
          { name: 'json', type: 'JSON' },
        ],
      },
    );
    await load();
    const rows = await query(
      file,
      "SELECT text, list, json, {'f': text} AS struct, MAP {text: text} AS map, [{'f': [text]}] AS deep, (CASE WHEN id >= 0 THEN text END) AS computed FROM xano_data.items ORDER BY id",
    );
    expect(rows).toEqual(
      TEXTS.map((text) => ({
        text,
        list: [text, null, text],
        json: JSON.stringify({ [text]: text }),
        struct: { f: text },
        map: { [text]: text },
        deep: [{ f: [text] }],
        computed: text,
      })),
    );
    expect(await query(file, 'SELECT hex(encode(text)) AS hex FROM xano_data.items ORDER BY id')).toEqual(
      TEXTS.map((text) => ({ hex: hexOf(text) })),
    );
  });

  it('begin with the mark in rejects, in the state, in the schema and in the history', async () => {
    const name = `${MARK}n`;
    const { file, load } = await listOf([{ id: `${MARK}k`, [name]: `${MARK}no number` }], {
      name: `${MARK}items`,
      primary_key: ['id'],
      columns: [
        { name: 'id', type: 'VARCHAR' },
        { name, type: 'BIGINT', description: `${MARK}described` },
      ],
    });
    await load();
    expect(await query(file, 'SELECT resource, row_key, "column", raw FROM _xano.rejects')).toEqual([
      {
        resource: `${MARK}items`,
        row_key: JSON.stringify(`${MARK}k`),
        column: name,
        raw: JSON.stringify(`${MARK}no number`),
      },
    ]);
    const [table] = await readSchema(file, {});
    expect(table).toMatchObject({ name: `${MARK}items`, table: `xano_data.${MARK}items` });
    expect(table?.columns?.map((column) => [column.name, column.column, column.description])).toEqual([
      ['id', 'id', ''],
      [name, name, `${MARK}described`],
    ]);
    const status = await readStatus(file, {});
    expect(JSON.stringify(status)).toContain(`${MARK}items`);
  });
});
