import { describe, expect, it } from 'vitest';
import type { LoadReport } from '../../../../src/index.js';
import { deleteRow } from '../../../../src/sandbox/data/rows.js';
import { OFFICE } from '../../../fixtures/office.js';
import { atOffice } from '../../at-office.js';
import { type Desk, openDesk, rowsOfFile, SHOP, screen } from '../../terminal.js';

/** Requests for rows, counted by table id. */
function requestsByTable(desk: Desk): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { path } of desk.xano.requests) {
    const table = /\/table\/(\d+)\/content/.exec(path)?.[1];
    if (table !== undefined) counts.set(Number(table), (counts.get(Number(table)) ?? 0) + 1);
  }
  return counts;
}

describe('xano load', () => {
  it('loads every table of the workspace with its types', async () => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    const { status } = await desk.run(['load', '--to', to]);
    expect(status).toBe(0);
    expect(desk.files()).toEqual(['office.duckdb']);
    expect(await rowsOfFile(to, 'SELECT id, name, born, boss_id FROM xano_data.people ORDER BY id')).toEqual([
      ['1', 'Ada', '1815-12-10', null],
      ['2', 'Grace', '1906-12-09', '1'],
      ['3', 'Edsger', null, '1'],
    ]);
    const columns = `SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'xano_data' AND column_name NOT LIKE '\\_xano%' ESCAPE '\\' ORDER BY ALL`;
    expect(await rowsOfFile(to, columns)).toEqual([
      ['people', 'born', 'DATE'],
      ['people', 'boss_id', 'BIGINT'],
      ['people', 'id', 'BIGINT'],
      ['people', 'name', 'VARCHAR'],
      ['rooms', 'floor', 'BIGINT'],
      ['rooms', 'id', 'BIGINT'],
    ]);
  });

  it('loads tables by name or id into the schema of --schema', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const argv = ['load', ...SHOP, 'users', '12', '--to', to, '--dataset', 'my "shop"'];
    const { status, stdout } = await desk.run(argv);
    expect(status).toBe(0);
    expect(stdout.split('\n').map((line) => line.split('\t').slice(0, 2))).toEqual([
      ['users', '500'],
      ['categories', '8'],
      [''],
    ]);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM "my ""shop""".users')).toEqual([[500]]);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM "my ""shop""".categories')).toEqual([[8]]);
  });

  it('replaces the previous rows, and says how many were deleted', async () => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    await desk.run(['load', 'people', '--to', to]);
    const rows = desk.xano.instances[0]!.data.workspaces[0]!.tables[0]!.rows['live']!;
    deleteRow(rows, 2n);
    const { status, stdout, stderr } = await desk.run(['load', 'people', '--to', to, '--verbose']);
    expect(status).toBe(0);
    expect(stdout).toBe('people\t2\t2000\tproved\t0.000\tloaded\n');
    expect(stderr).toContain('people: 1 row of the previous load no longer exists in the source.\n');
    const names = 'SELECT name FROM xano_data.people ORDER BY id';
    expect(await rowsOfFile(to, names)).toEqual([['Ada'], ['Edsger']]);
  });

  it('does not replace a table that was loaded from another data source', async () => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    await desk.run(['load', 'people', '--to', to]);
    const argv = ['load', 'people', '--to', to, '--data-source', 'test'];
    const elsewhere = await desk.run([...argv, '--dataset', 'test_data']);
    expect(elsewhere.status).toBe(0);
    const said = await desk.run(argv);
    expect(said.status).toBe(6);
    expect(said.stderr).toMatch(/\n {2}Code: DATABASE_FAILED\n$/);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data.people')).toEqual([[3]]);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM test_data.people')).toEqual([[1]]);
  });

  it('sends other requests with --page-size, and loads the same rows', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const { status } = await desk.run(['load', ...SHOP, 'orders', '--to', to, '--page-size', '777']);
    expect(status).toBe(0);
    const sizes = desk.xano.requests.flatMap(({ body }) =>
      typeof body === 'object' && body !== null && 'per_page' in body ? [body['per_page']] : [],
    );
    expect(new Set(sizes)).toEqual(new Set([777, 1]));
    expect(
      await rowsOfFile(to, 'SELECT count(*)::INT, count(DISTINCT id)::INT FROM xano_data.orders'),
    ).toEqual([[5000, 5000]]);
  });
});

describe('xano load --dry-run', () => {
  it.each(['1000', '300', '5000'])(
    'writes nothing and predicts the requests of the load, with pages of %s',
    async (size) => {
      const desk = await openDesk();
      const to = desk.path('shop.duckdb');
      // One request at a time: several at once take a guess, which may cost a few more.
      const argv = [
        'load',
        ...SHOP,
        '--to',
        to,
        '--page-size',
        size,
        '--concurrency',
        '1',
        '--no-parallel-requests',
      ];
      const dry = await desk.run([...argv, '--dry-run', '--json']);
      expect({ status: dry.status, stderr: dry.stderr }).toEqual({ status: 0, stderr: '' });
      expect(desk.files()).toEqual([]);
      const plan = JSON.parse(dry.stdout);
      expect(plan.destination).toBe(to);

      desk.xano.clearRequests();
      const report: LoadReport = JSON.parse((await desk.run([...argv, '--json'])).stdout);
      const made = requestsByTable(desk);
      const tableOf = (path: string): number => Number(/\/table\/(\d+)\//.exec(path)?.[1]);
      expect(
        plan.resources.map(
          (step: {
            resource: string;
            target: string;
            rows: number;
            pages: number;
            requests: number;
            first_request: { url: string };
          }) => ({
            resource: step.resource,
            target: step.target,
            rows: step.rows,
            requests: step.requests,
            asked: made.get(tableOf(step.first_request.url)),
          }),
        ),
      ).toEqual(
        report.resources.map(({ resource, target, rows_written, requests }) => ({
          resource,
          target,
          rows: rows_written,
          requests,
          asked: requests,
        })),
      );
      expect(plan.resources.map(({ pages }: { pages: number }) => pages)).toEqual(
        report.resources.map(({ rows_written }) => Math.max(1, Math.ceil(rows_written / Number(size)))),
      );
      expect(await rowsOfFile(to, 'SELECT sum(rows)::INT FROM _xano.resources')).toEqual([[7342]]);
    },
  );

  it('prints no token in its requests', async () => {
    const desk = await atOffice();
    const { stdout } = await desk.run([
      'load',
      'people',
      '--dry-run',
      '--json',
      '--to',
      desk.path('x.duckdb'),
    ]);
    const { origin } = desk.xano.instances[0]!;
    expect(JSON.parse(stdout)).toEqual({
      destination: desk.path('x.duckdb'),
      resources: [
        {
          resource: 'people',
          target: 'xano_data.people',
          rows: 3,
          pages: 1,
          requests: 1,
          first_request: {
            method: 'POST',
            url: `${origin}/api:meta/workspace/3/table/7/content/search`,
            params: {},
            headers: { 'x-data-source': 'live' },
            body: { page: 1, per_page: 1000, sort: { id: 'asc' } },
          },
        },
      ],
    });
  });

  it('prints a table on a terminal, and lines in a pipe', async () => {
    const desk = await openDesk();
    const argv = ['load', ...SHOP, 'orders', 'returns', '--dry-run', '--to', desk.path('x.duckdb')];
    const terminal = await desk.run([...argv, '--no-color'], { columns: 300 });
    expect(desk.tidy(terminal.stdout)).toMatchInlineSnapshot(`
      "  table     rows  pages  requests  target
        orders   5,000      3         5  xano_data.orders
        returns      0      1         1  xano_data.returns
      "
    `);
    expect(desk.tidy(terminal.stderr)).toBe(
      '2 tables, 5,000 rows, 4 pages, 6 requests → <base>/files/x.duckdb. Nothing was written.\n',
    );
    const pipe = await desk.run(argv);
    expect(pipe.stdout).toBe('orders\t5000\t3\t5\txano_data.orders\nreturns\t0\t1\t1\txano_data.returns\n');
    expect(pipe.stderr).toBe(terminal.stderr);
    expect(desk.files()).toEqual([]);
  });

  it('leaves an existing file as it is', async () => {
    const desk = await atOffice();
    const to = desk.path('x.duckdb');
    await desk.run(['load', 'rooms', '--to', to]);
    const before = await rowsOfFile(to, 'SELECT * FROM _xano.loads');
    await desk.run(['load', '--dry-run', '--to', to]);
    expect(await rowsOfFile(to, 'SELECT * FROM _xano.loads')).toEqual(before);
    expect(desk.files()).toEqual(['x.duckdb']);
  });
});

describe('the report of a load', () => {
  it('is the LoadReport alone on stdout with --json', async () => {
    const desk = await atOffice();
    const to = desk.path('office.duckdb');
    for (const columns of [undefined, 80]) {
      const options = columns === undefined ? {} : { columns };
      const { status, stdout } = await desk.run(['load', '--to', to, '--json'], options);
      expect(status).toBe(0);
      const report: LoadReport = JSON.parse(stdout);
      expect(report.load_id).toMatch(/^20260301T120000Z-[0-9a-f]{4}$/);
      const resource = {
        status: 'loaded',
        write_disposition: 'replace',
        completeness: 'proved',
        rows_deleted: 0,
        values_rejected: 0,
        columns_added: [],
        schema_changes: [],
        columns_excluded: [],
        read_by: 'keyset',
        requests: 1,
        pages: 1,
        duration_ms: 0,
        resumed: false,
      };
      const [people, rooms] = report.resources.map(({ bytes }) => bytes);
      expect(people).toBeGreaterThan(200);
      expect(report).toEqual({
        load_id: report.load_id,
        started_at: '2026-03-01T12:00:00.000Z',
        finished_at: '2026-03-01T12:00:00.000Z',
        status: 'loaded',
        destination: to,
        requests: 2,
        bytes: people! + rooms!,
        gone: [],
        resources: [
          {
            resource: 'people',
            target: 'xano_data.people',
            ...resource,
            rows_expected: 3,
            rows_read: 3,
            rows_written: 3,
            rows_total: 3,
            bytes: people,
          },
          {
            resource: 'rooms',
            target: 'xano_data.rooms',
            ...resource,
            rows_expected: 0,
            rows_read: 0,
            rows_written: 0,
            rows_total: 0,
            bytes: rooms,
          },
        ],
      });
    }
  });

  it('is a table on a terminal', async () => {
    const desk = await openDesk();
    const argv = [
      'load',
      ...SHOP,
      'merchant',
      'users',
      'orders',
      '--to',
      desk.path('shop.duckdb'),
      '--no-color',
    ];
    const { status, stdout } = await desk.run(argv, { columns: 300 });
    expect(status).toBe(0);
    expect(desk.tidy(stdout)).toMatchInlineSnapshot(`
      "  table      rows     rows/s  completeness   time  status
        merchant     12     12,000  proved        0.0 s  loaded
        users       500    500,000  proved        0.0 s  loaded
        orders    5,000  5,000,000  proved        0.0 s  loaded

        3 tables, 5,512 rows, 7 requests, 1.2 MB, 0.0 s → <base>/files/shop.duckdb (load <load id>)
      "
    `);
  });

  it('shows the rows of the table beside the new rows of an incremental load', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const argv = ['load', ...SHOP, 'merchant', 'new stuff 🚀', '--to', to, '--incremental', 'created_at'];
    await desk.run(argv);
    const { stdout, stderr } = await desk.run(argv, { columns: 80, env: { NO_COLOR: '1' } });
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      '  table         rows  in table  rows/s  completeness   time  status',
      '  merchant         2        12   2,000  proved        0.0 s  loaded',
      '  new stuff 🚀     3         3   3,000  proved        0.0 s  loaded',
    ]);
    expect(stderr).toContain('new stuff 🚀: read in full: it has no column "created_at".\n');
    const many = await desk.run(['load', ...SHOP, '--to', to, '--incremental', 'updated_at', '--dry-run']);
    expect(many.stderr).toContain(
      'merchant, categories, users, customers, orders, every_type, new stuff 🚀, returns: read in full: it has no column "updated_at".\n',
    );
  });

  it('is a line per table on stdout in a pipe; progress and totals go to stderr with --verbose alone', async () => {
    const desk = await openDesk();
    const argv = [
      'load',
      ...SHOP,
      'merchant',
      'users',
      '--to',
      desk.path('shop.duckdb'),
      '--concurrency',
      '1',
      '--no-parallel-requests',
    ];
    const silent = await desk.run(argv);
    const { stdout, stderr } = await desk.run([...argv, '--verbose']);
    expect(silent).toEqual({ status: 0, stdout, stderr: '' });
    expect(stdout).toBe(
      'merchant\t12\t12000\tproved\t0.000\tloaded\nusers\t500\t500000\tproved\t0.000\tloaded\n',
    );
    expect(desk.tidy(stderr)).toMatchInlineSnapshot(`
      "[1/2] merchant: 12 rows, 2 kB, 0.0 s
      [2/2] users: 500 rows, 115 kB, 0.0 s
      2 tables, 512 rows, 2 requests, 117 kB, 0.0 s → <base>/files/shop.duckdb (load <load id>)
      users: excluded columns: password.
      "
    `);
  });

  it('names tables and columns that have another name in the file', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const { stderr } = await desk.run(['load', ...SHOP, '25', '--to', to, '--verbose']);
    expect(stderr).toContain(
      'new stuff 🚀: "total" is named "total_2" here: the destination ignores upper and lower case.\n',
    );
    expect(await rowsOfFile(to, 'SELECT "Total", total_2 FROM xano_data."new stuff 🚀" ORDER BY id')).toEqual(
      [
        [2.5, -2],
        [3.5, -3],
        [7.5, -7],
      ],
    );
  });
});

describe('progress on a terminal', () => {
  const SHOW = '\u001b[?25h';
  const HIDE = '\u001b[?25l';

  it('is drawn on stderr and cleared, and the cursor returns', async () => {
    const desk = await openDesk();
    const argv = ['load', ...SHOP, 'orders', '--to', desk.path('shop.duckdb'), '--page-size', '500'];
    const { status, stdout, stderr } = await desk.run(argv, { columns: 90 });
    expect(status).toBe(0);
    expect(stderr).toContain('orders  0 rows');
    expect(stderr).toContain('0 of 1 table, 0 rows');
    expect(stderr).toContain(HIDE);
    expect(stderr.lastIndexOf(SHOW)).toBeGreaterThan(stderr.lastIndexOf(HIDE));
    expect(stdout).not.toContain(HIDE);
  });

  it('shows the cursor again when the load fails or is stopped', async () => {
    for (const kind of ['fail', 'stop'] as const) {
      const desk = await openDesk();
      const stop = new AbortController();
      desk.xano.fail({
        path: '/table/19/content',
        skip: 2,
        answer:
          kind === 'fail'
            ? { kind: 'status', status: 403 }
            : {
                kind: 'rewrite',
                rewrite: (body) => {
                  stop.abort();
                  return body;
                },
              },
      });
      const argv = ['load', ...SHOP, 'orders', '--to', desk.path('x.duckdb'), '--page-size', '500'];
      const { status, stderr } = await desk.run(argv, { columns: 90, signal: stop.signal });
      expect(status).toBe(kind === 'fail' ? 4 : 130);
      expect(stderr).toContain(HIDE);
      expect(stderr.lastIndexOf(SHOW)).toBeGreaterThan(stderr.lastIndexOf(HIDE));
    }
  });

  it.each([40, 60, 100])('keeps each line within %i columns', async (columns) => {
    const desk = await openDesk();
    const argv = ['load', ...SHOP, '--to', desk.path('shop.duckdb'), '--no-color'];
    const { stderr } = await desk.run(argv, { columns });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor is no width
    const drawn = stderr.replace(/\u001b\[[?\d;]*[A-Za-z]/g, '').split('\n');
    const moving = drawn.filter((line) => / rows {2}[\d,]+\/s|of 9 tables/.test(line));
    expect(moving.length).toBeGreaterThan(9);
    expect(Math.max(...moving.map((line) => line.length))).toBeLessThan(columns);
  });

  it.each([80, 40])(
    'leaves what stood above it, at the foot of a terminal of %i columns',
    async (columns) => {
      const desk = await openDesk();
      const argv = ['load', ...SHOP, '--to', desk.path('shop.duckdb'), '--no-color', '--page-size', '200'];
      const { stderr } = await desk.run(argv, { columns });
      const before = Array.from({ length: 12 }, (_, i) => `line ${i} from before`);
      const lines = await screen([...before, stderr].join('\n'), columns, 12);
      expect(lines.slice(0, 12)).toEqual(before);
      const said = lines.slice(12).join(' ').replace(/ +/g, ' ');
      expect(said).toContain('users: excluded columns: password.');
      expect(said).not.toMatch(/ of 9 tables| rows {2}[\d,]+\/s/);
    },
  );

  it.each([100, 60])(
    'is replaced after a Ctrl-C by a line that says what the load still does, in %i columns',
    async (columns) => {
      const desk = await openDesk();
      const stop = new AbortController();
      desk.xano.fail({
        path: '/table/19/content',
        skip: 4,
        answer: {
          kind: 'rewrite',
          rewrite: (body) => {
            stop.abort();
            return body;
          },
        },
      });
      const argv = ['load', ...SHOP, 'orders', 'users', '--to', desk.path('x.duckdb'), '--page-size', '200'];
      const options = { columns, signal: stop.signal };
      const { status, stderr } = await desk.run([...argv, '--no-color'], options);
      expect(status).toBe(130);
      // It was there to be cleared.
      expect(stderr).toContain('of 2 tables, ');
      const before = Array.from({ length: 10 }, (_, i) => `line ${i} from before`);
      const lines = await screen([...before, stderr].join('\n'), columns, 24);
      expect(lines.slice(0, 10)).toEqual(before);
      const said = lines.slice(10).join(' ').replace(/ +/g, ' ');
      expect(said).toContain('Stopping: saving the rows read so far. Press Ctrl-C again to stop at once.');
      expect(said).toContain('Run the same command again: it continues where it stopped. Code: INTERRUPTED');
      expect(said).not.toMatch(/\d of 2 tables, | rows {1,2}[\d,]+\/s|\[[#.]+\]/);
    },
  );

  it('is plain lines where the terminal is dumb', async () => {
    const desk = await atOffice();
    const argv = ['load', 'people', '--to', desk.path('x.duckdb')];
    const { stdout, stderr } = await desk.run(argv, { columns: 80, env: { TERM: 'dumb' } });
    expect(stdout + stderr).not.toContain('\u001b');
    expect(stderr).toMatch(/^\[1\/1\] people: 3 rows, \d+ B, 0\.0 s\n$/);
  });
});

describe('colour', () => {
  const ESCAPE = '\u001b[';

  it('is used on a terminal only', async () => {
    const desk = await atOffice();
    expect((await desk.run(['discover'], { columns: 80 })).stdout).toContain(
      `${ESCAPE}1mOur office (x-office) / Office${ESCAPE}22m`,
    );
    expect((await desk.run(['discover'])).stdout).not.toContain(ESCAPE);
    const loaded = await desk.run(['load', '--to', desk.path('x.duckdb')], { columns: 80 });
    expect(loaded.stdout).toContain(`${ESCAPE}32mproved${ESCAPE}39m`);
  });

  it.each([
    [['--no-color'], {}],
    [[], { NO_COLOR: '1' }],
    [[], { TERM: 'dumb' }],
  ])('is off with %j and %j', async (flags, env) => {
    const desk = await atOffice();
    for (const argv of [['discover'], ['load', '--to', desk.path('x.duckdb')]]) {
      const coloured = await desk.run(argv, { columns: 80 });
      const { stdout } = await desk.run([...argv, ...flags], { columns: 80, env });
      expect(stdout).not.toContain('\u001b');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out
      expect(desk.tidy(coloured.stdout).replace(/\u001b\[\d+m/g, '')).toBe(desk.tidy(stdout));
    }
  });

  it('stays on with an empty NO_COLOR', async () => {
    const desk = await atOffice();
    expect((await desk.run(['discover'], { columns: 80, env: { NO_COLOR: '' } })).stdout).toContain(ESCAPE);
    expect(desk.xano.instances[0]?.name).toBe(OFFICE);
  });
});
