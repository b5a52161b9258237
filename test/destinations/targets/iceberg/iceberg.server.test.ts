import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { env } from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openDestination, queryFile, readSchema, readStatus } from '../../../../src/destinations/open.js';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { startS3Proxy } from '../../../servers/s3-proxy.js';
import { publish, using } from '../../conformance/place.js';
import { column, ID_NAME, plan, publication, records, report, tempFolder } from '../../writing.js';
import { listsFile, serveLists, start } from '../ducklake/loaders.js';
import { catalogPlace, ENDPOINT, inCatalog, LOGIN } from './catalogs.js';

const load = (n: number, more: Parameters<typeof plan>[0] = {}) => plan({ load_id: `load-${n}`, ...more });

describe('an Iceberg catalog', () => {
  it('is read back by its name: status, schema, queries and JSON', async () => {
    const { to, options, open } = await catalogPlace();
    const columns = [...ID_NAME, column('meta', 'JSON')];
    await using({ open }, async (destination) => {
      await publish(destination, plan({ target: { name: 'Order Items', columns } }), [
        '{"id":1,"name":"a","meta":{"x":1.10}}',
      ]);
      await destination.record(report('load-1'));
    });
    const status = await readStatus(to, { ...options, now: () => Date.parse('2026-01-02T03:05:10Z') });
    expect([status.file, status.staging]).toEqual([to.replace('s3%3A%2F%2F', 's3://'), null]);
    expect(status.tables.map(({ table, rows, load_id }) => [table, rows, load_id])).toEqual([
      ['Order Items', 1, 'load-1'],
    ]);
    expect(status.loads.map(({ load_id }) => load_id)).toEqual(['load-1']);
    const [table] = await readSchema(to, options);
    expect(table?.columns?.map(({ column: name, type }) => `${name} ${type}`)).toEqual([
      'id BIGINT',
      'name VARCHAR',
      'meta JSON',
    ]);
    const found = await queryFile(to, 'SELECT meta, typeof(meta) AS type FROM "Order Items"', options);
    expect(found.rows).toEqual([{ meta: '{"x":1.10}', type: 'JSON' }]);
  });

  it('writes what differs, keeps the load of rows that did not change, and adds no file without a change', async () => {
    const place = await catalogPlace();
    const files = () =>
      inCatalog(place.to, (run) =>
        run(
          'SELECT content, count(*)::INT AS files, sum(record_count)::INT AS rows FROM iceberg_metadata(ice.xano_data.shop) GROUP BY content ORDER BY content',
        ),
      );
    const rows = [1, 2, 3].map((id) => ({ id, name: `n${id}` }));
    await using(place, async (destination) => {
      await publish(destination, load(1), rows);
      await publish(destination, load(2), rows);
      expect(await files()).toEqual([{ content: 'EXISTING', files: 1, rows: 3 }]);
      await publish(destination, load(3), [rows[0]!, { id: 2, name: 'new' }, { id: 4, name: 'n4' }]);
    });
    expect(await files()).toEqual([
      { content: 'EXISTING', files: 2, rows: 5 },
      { content: 'POSITION_DELETES', files: 1, rows: 2 },
    ]);
    expect((await place.table('xano_data', 'shop'))?.rows.toSorted()).toEqual([
      ['1', 'n1', 'load-1'],
      ['2', 'new', 'load-3'],
      ['4', 'n4', 'load-3'],
    ]);
  });

  it('writes a zero whose sign alone has changed', async () => {
    const place = await catalogPlace();
    const columns = [column('id', 'BIGINT'), column('value', 'DOUBLE')];
    await using(place, async (destination) => {
      for (const [n, value] of ['0.0', '-0.0', '-0.0'].entries()) {
        const writer = await destination.openTarget(load(n + 1, { target: { columns } }));
        await writer.write(records([`{"id":1,"value":${value}}`], [], columns), null);
        await writer.staged();
        await writer.commit(publication(`load-${n + 1}`));
      }
    });
    expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['1', '-0.0', 'load-2']]);
  });

  it('merges and appends, and writes the rows that came', async () => {
    const place = await catalogPlace();
    const merge = (n: number) => load(n, { write_disposition: 'merge', hard_delete: true });
    const log = (n: number) =>
      load(n, { write_disposition: 'append', identity: 'log', origin: null, target: { name: 'log' } });
    await using(place, async (destination) => {
      await publish(destination, merge(1), [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ]);
      expect(
        await publish(destination, merge(2), [
          { id: 2, name: 'new' },
          { id: 3, name: 'c' },
        ]),
      ).toMatchObject({ rows_written: 2, rows_deleted: 1, rows_total: 2 });
      await publish(destination, log(1), [{ id: 1, name: 'x' }]);
      expect(await publish(destination, log(2), [{ id: 1, name: 'x' }])).toMatchObject({
        rows_written: 1,
        rows_total: 2,
      });
    });
    expect((await place.table('xano_data', 'shop'))?.rows.toSorted()).toEqual([
      ['2', 'new', 'load-2'],
      ['3', 'c', 'load-2'],
    ]);
    expect((await place.table('xano_data', 'log'))?.rows.toSorted()).toEqual([
      ['1', 'x', 'load-1'],
      ['1', 'x', 'load-2'],
    ]);
  });

  it('makes a table new where a column gets another type or goes', async () => {
    const place = await catalogPlace();
    const columns = [column('id', 'BIGINT'), column('n', 'VARCHAR')];
    await using(place, async (destination) => {
      await publish(destination, load(1), [{ id: 1, name: 'a' }]);
      await publish(destination, load(2, { target: { columns: [column('id', 'VARCHAR')] } }), [{ id: 'x' }]);
      await publish(destination, load(3, { target: { columns } }), [{ id: 7, n: 'y' }]);
    });
    const found = await place.table('xano_data', 'shop');
    expect(found?.rows.map((row) => row.filter((value) => value !== null))).toEqual([['7', 'y', 'load-3']]);
    const tables = await inCatalog(place.to, (run) =>
      run("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'xano_data'"),
    );
    expect(tables).toEqual([{ table_name: 'shop' }]);
  });

  it('lets one of two loads from two computers win, and takes the other one when it begins again', async () => {
    const place = await catalogPlace();
    const elsewhere = () => openDestination(place.to, { ...place.options, staging_folder: tempFolder() });
    await using(place, (destination) => publish(destination, load(1), [{ id: 1 }]));
    const stageLate = async (destination: Awaited<ReturnType<typeof place.open>>) => {
      const writer = await destination.openTarget(load(2));
      await writer.write(records([{ id: 2 }]), null);
      await writer.staged();
      return writer;
    };
    await using(place, async (destination) => {
      const late = await stageLate(destination);
      await using({ open: elsewhere }, (other) => publish(other, load(3), [{ id: 3 }]));
      const { code, message } = await rejectionOf(late.commit(publication('load-2')));
      expect([code, message]).toEqual([
        'DATABASE_LOCKED',
        `Another load wrote the same table of ${place.to.replace('s3%3A%2F%2F', 's3://')} since this one began: it won.`,
      ]);
      await late.abort({ keep: false });
    });
    expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['3', null, 'load-3']]);
    await using(place, (destination) => publish(destination, load(4), [{ id: 4 }]));
    expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['4', null, 'load-4']]);
  });

  it('shows readers one load or the next, in every read', async () => {
    const place = await catalogPlace();
    const rows = (value: number) => Array.from({ length: 500 }, (_, id) => ({ id, name: `v${value}` }));
    await using(place, (destination) => publish(destination, load(0), rows(0)));
    let isDone = false;
    const seen = new Set<string>();
    const read = inCatalog(place.to, async (run) => {
      for (let reads = 0; ; reads++) {
        const [row] = await run(
          'SELECT count(*)::INT AS n, count(DISTINCT name)::INT AS loads, min(name) AS name FROM ice.xano_data.shop',
        );
        seen.add(`${row?.['n']} ${row?.['loads']}`);
        if (isDone) return { reads, name: row?.['name'] };
      }
    });
    await using(place, async (destination) => {
      for (const value of [1, 2, 3]) await publish(destination, load(value), rows(value));
    });
    isDone = true;
    const { reads, name } = await read;
    expect([[...seen], name]).toEqual([['500 1'], 'v3']);
    expect(reads).toBeGreaterThan(10);
  });

  it('is read by PyIceberg with the same values', async () => {
    const place = await catalogPlace();
    const kinds = ['BIGINT', 'DOUBLE', 'VARCHAR', 'BOOLEAN', 'TIMESTAMPTZ', 'DATE', 'UUID', 'JSON'] as const;
    const columns = [
      column('id', 'BIGINT'),
      ...kinds.flatMap((type) => [column(`one ${type}`, type), column(`many ${type}`, type, { list: true })]),
      column('vector', 'FLOAT', { list: true, size: 3 }),
    ];
    const values = {
      BIGINT: 9007199254740,
      DOUBLE: 0.1,
      VARCHAR: 'é🙂 "\\\n',
      BOOLEAN: true,
      TIMESTAMPTZ: 1767323045678,
      DATE: '2026-01-02',
      UUID: '6f9619ff-8b86-d011-b42d-00c04fc964ff',
      JSON: { b: [1], a: null },
    };
    const full = Object.fromEntries(
      kinds.flatMap((type) => [
        [`one ${type}`, values[type]],
        [`many ${type}`, [values[type]]],
      ]),
    );
    await using(place, (destination) =>
      publish(destination, plan({ target: { columns } }), [
        { id: 1, ...full, vector: [0.5, -1, 2] },
        { id: 2 },
      ]),
    );
    const warehouse = new URL(place.to.slice('iceberg:'.length)).searchParams.get('warehouse')!;
    const { stdout } = await promisify(execFile)(
      join(import.meta.dirname, '../../../servers/.venv/bin/python'),
      [join(import.meta.dirname, 'read_table.py'), ENDPOINT, warehouse, 'xano_data.shop'],
      { env: { ...LOGIN, PYTHONDONTWRITEBYTECODE: '1' } },
    );
    const read = {
      ...values,
      TIMESTAMPTZ: '2026-01-02T03:04:05.678+00:00',
      JSON: '{"b":[1],"a":null}',
    };
    const each = (
      of: (type: (typeof kinds)[number]) => unknown,
      more: (type: (typeof kinds)[number]) => unknown,
    ) =>
      Object.fromEntries(
        kinds.flatMap((type) => [
          [`one ${type}`, of(type)],
          [`many ${type}`, more(type)],
        ]),
      );
    expect(JSON.parse(stdout)).toMatchObject({
      rows: [
        {
          id: 1,
          ...each(
            (type) => read[type],
            (type) => [read[type]],
          ),
          vector: [0.5, -1, 2],
          _xano_load_id: 'load-1',
        },
        {
          id: 2,
          ...each(
            () => null,
            () => null,
          ),
          vector: null,
          _xano_load_id: 'load-1',
        },
      ],
      state: { rows: 2, load_id: 'load-1' },
    });
  });

  it('says what is wrong with a login, a warehouse and an address, and shows no secret', async () => {
    const place = await catalogPlace();
    const label = place.to.replace('s3%3A%2F%2F', 's3://');
    const hidden = 'a-secret-that-is-wrong';
    const failureOf = async (to: string, change: Readonly<Record<string, string>> = {}) => {
      const before = { ...env };
      Object.assign(env, change);
      try {
        const thrown = await rejectionOf(
          using({ open: () => openDestination(to, place.options) }, (destination) =>
            publish(destination, plan(), [{ id: 1 }]),
          ),
        );
        expect(`${thrown.stack} ${String(thrown.cause)}`).not.toContain(hidden);
        return [thrown.code, thrown.message];
      } finally {
        Object.assign(env, before);
      }
    };
    expect(await failureOf(place.to, { ICEBERG_CLIENT_SECRET: hidden })).toEqual([
      'DATABASE_FAILED',
      `The catalog ${label} refused the login.`,
    ]);
    expect(await failureOf(place.to, { AWS_SECRET_ACCESS_KEY: hidden })).toEqual([
      'DATABASE_FAILED',
      `The bucket of the files of ${label} refused these keys.`,
    ]);
    expect(await failureOf(`iceberg:${ENDPOINT}?warehouse=s3://nobody`)).toEqual([
      'DATABASE_FAILED',
      `The catalog iceberg:${ENDPOINT}?warehouse=s3://nobody does not exist: nothing is at this address, or under this warehouse.`,
    ]);
    expect(await failureOf('iceberg:http://127.0.0.1:1?warehouse=x')).toEqual([
      'DATABASE_FAILED',
      'The catalog iceberg:http://127.0.0.1:1?warehouse=x does not answer.',
    ]);
  });

  it('has one load or the other, with its own state, wherever a load is killed', async () => {
    const place = await catalogPlace();
    const { origin, setValue } = await serveLists();
    const file = listsFile({ origin, source: 's', tables: 1, rows: 2_000 });
    const [catalog, bucket] = await Promise.all([
      startS3Proxy(ENDPOINT),
      startS3Proxy(LOGIN.AWS_ENDPOINT_URL),
    ]);
    const to = place.to.replace(ENDPOINT, catalog.endpoint);
    const begin = (value: number, kill: number) => {
      setValue('s', value);
      let requests = 0;
      const login = { ...LOGIN, AWS_ENDPOINT_URL: bucket.endpoint };
      const loader = start(['load', '--endpoints', file, '--to', to], login);
      const count = (): 'pass' => {
        if (++requests === kill) loader.child.kill('SIGKILL');
        return 'pass';
      };
      for (const proxy of [catalog, bucket]) proxy.spoil(count);
      return { loader, requests: () => requests };
    };
    expect((await begin(0, 0).loader.ended).status).toBe(0);
    const whole = begin(1, 0);
    expect((await whole.loader.ended).status).toBe(0);
    const moments = env['XANO_TEST_KILLS'] === 'all' ? 20 : 4;
    for (let moment = 1; moment <= moments; moment++) {
      const { loader } = begin(1 + moment, Math.ceil((whole.requests() * moment) / (moments + 1)));
      expect((await loader.ended).status).toBe(null);
      const sql =
        'SELECT count(*)::INT AS n, count(DISTINCT value)::INT AS v, max(_xano_load_id) = (SELECT load_id FROM _xano.resources) AS same FROM t0';
      expect((await queryFile(place.to, sql, place.options)).rows).toEqual([{ n: 2_000, v: 1, same: true }]);
    }
    expect((await begin(99, 0).loader.ended).status).toBe(0);
    const { rows } = await queryFile(place.to, 'SELECT DISTINCT value FROM t0', place.options);
    expect(rows).toEqual([{ value: '99' }]);
  });
});
