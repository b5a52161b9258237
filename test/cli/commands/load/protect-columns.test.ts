/** `xano load --exclude` and `--mask`: values that must not leave Xano reach no file. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../src/json.js';
import { rowOf, updateRow } from '../../../../src/sandbox/data/rows.js';
import { type Desk, expectError, openDesk, rowsOfFile, SHOP } from '../../terminal.js';

const XANO_MASK_KEY = 'sixteen characters and some more';
const PROTECTED = [
  ...['--exclude', 'users.name', '*.birthday'],
  ...['--mask', 'users.email=hash', 'customers.email=hash', 'customers.name=last4', 'users.last_login=year'],
];

/** Every value of these columns in the sandbox: texts that no file may contain. */
function valuesOf(desk: Desk, columns: Readonly<Record<string, readonly string[]>>): string[] {
  const tables = desk.xano.instances[0]!.data.workspaces[0]!.tables;
  return Object.entries(columns).flatMap(([table, names]) =>
    tables
      .find(({ name }) => name === table)!
      .rows['live']!.sorted.flatMap(({ json }) => {
        const record = JSON.parse(json) as Record<string, unknown>;
        return names.map((name) => String(record[name]));
      }),
  );
}

const foundIn = (desk: Desk, values: readonly string[]): string[] => {
  const files = desk.files().map((file) => readFileSync(desk.path(file), 'latin1'));
  return values.filter((value) => files.some((content) => content.includes(value)));
};

describe('xano load --exclude and --mask', () => {
  it('keep values out of the file, the report and the log, and let hashes join', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const argv = [
      'load',
      ...SHOP,
      'users',
      'customers',
      '--to',
      to,
      ...PROTECTED,
      '--log-file',
      desk.path('log.jsonl'),
    ];
    const { status, stderr } = await desk.run([...argv, '--verbose'], { env: { XANO_MASK_KEY } });
    expect(status).toBe(0);
    expect(stderr).toContain('users: excluded columns: password, name.\n');
    expect(stderr).toContain('customers: masked columns: name (last4), email (hash).\n');
    const hash = (text: string) =>
      createHmac('sha256', XANO_MASK_KEY).update(text).digest('hex').slice(0, 32);
    const emails = valuesOf(desk, { users: ['email'] });
    expect(await rowsOfFile(to, 'SELECT email FROM users ORDER BY id')).toEqual(
      emails.map((one) => [hash(one)]),
    );
    expect(
      await rowsOfFile(
        to,
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'xano_data' AND column_name IN ('name', 'email', 'birthday', 'last_login') ORDER BY ALL",
      ),
    ).toEqual([
      ['customers', 'email', 'VARCHAR'],
      ['customers', 'name', 'VARCHAR'],
      ['users', 'email', 'VARCHAR'],
      ['users', 'last_login', 'BIGINT'],
    ]);
    const values = valuesOf(desk, { users: ['name', 'email'], customers: ['name', 'email'] });
    expect(values.length).toBeGreaterThan(1000);
    expect(foundIn(desk, values)).toEqual([]);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM _xano.rejects')).toEqual([[0]]);
  });

  it('keep values out of staged rows of a stopped load', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const stop = new AbortController();
    desk.xano.fail({
      path: '/table/14/content',
      skip: 3,
      answer: {
        kind: 'rewrite',
        rewrite: (body) => {
          stop.abort();
          return body;
        },
      },
    });
    const argv = ['load', ...SHOP, 'users', '--to', to, ...['--page-size', '100'], '--no-parallel-requests'];
    const masks = ['--exclude', 'users.name', '--mask', 'users.email=redact'];
    const { status } = await desk.run([...argv, ...masks], { signal: stop.signal });
    expect(status).toBe(130);
    expect(desk.files()).toContain('shop.duckdb.staging');
    expect(foundIn(desk, valuesOf(desk, { users: ['name', 'email'] }))).toEqual([]);
    // With another mask, the staged rows are not used.
    const { status: next, stdout } = await desk.run([...argv, '--mask', 'users.email=last4', '--json']);
    expect(next).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      resources: [{ rows_read: 500, resumed: false, columns_masked: { email: 'last4' } }],
    });
    expect(await rowsOfFile(to, 'SELECT DISTINCT left(email, 4) FROM users')).toEqual([['****']]);
  });

  it('fail where rows would stay with other masks, or with an excluded column', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const argv = ['load', ...SHOP, 'users', '--to', to, '--write-disposition', 'merge', '--json'];
    const run = async (...more: string[]) => {
      const { stdout } = await desk.run([...argv, ...more], { env: { XANO_MASK_KEY } });
      const { resources } = JSON.parse(stdout) as {
        resources: { error?: { code: string; message: string; hint: string } }[];
      };
      return resources[0]!.error;
    };
    const hint = 'Load the table once with --write-disposition replace, or drop it. Nothing was changed.';
    const refused = (message: string) => ({ code: 'CONFIG_INVALID', message, hint });
    expect(await run()).toBe(undefined);
    expect(await run('--mask', 'users.email=redact')).toEqual(
      refused(
        'Rows of xano_data."users" would stay as they are: "email" was loaded with no mask, and this load has the mask redact.',
      ),
    );
    expect(await run('--exclude', 'users.email')).toEqual(
      refused(
        'Rows of xano_data."users" would stay as they are: "email" was loaded, and this load excludes it.',
      ),
    );
    expect(await run('--mask', 'users.email=hash', '--write-disposition', 'replace')).toBe(undefined);
    expect(await run('--mask', 'users.email=hash')).toBe(undefined);
    const bare = {
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /^"email" of xano_data\."users" was loaded with the mask hash of the key [0-9a-f]{8}, and this load has no mask for it\.$/,
      ),
      hint: 'Give the mask as before (--mask users.email=hash), or drop the table to load the values. Nothing was changed.',
    };
    expect(await run()).toEqual(bare);
    expect(await run('--write-disposition', 'replace')).toEqual(bare);
    expect(
      await rowsOfFile(to, "SELECT count(*)::INT FROM users WHERE regexp_full_match(email, '[0-9a-f]{32}')"),
    ).toEqual([[500]]);
    // Where Xano has removed the column, no value of it can come.
    const table = desk.xano.instances[0]!.data.workspaces[0]!.tables.find(({ name }) => name === 'users')!;
    const { rows } = table;
    Object.assign(table, { schema: table.schema.filter(({ name }) => name !== 'email') });
    for (const { json } of [...rows['live']!.sorted]) {
      const { email: _, ...rest } = JSON.parse(json) as Record<string, Json>;
      updateRow(rows['live']!, rowOf(rest));
    }
    expect(await run()).toBe(undefined);
  });

  it.each<[readonly string[], string, string]>([
    [
      ['--mask', 'users.email=hush'],
      '--mask users.email=hush does not name a mask.',
      'Write it as TABLE.COLUMN=MASK, such as users.email=hash; the masks are hash, last4, redact, year.',
    ],
    [
      ['--mask', 'users.mail=hash'],
      '--mask users.mail=hash: the table "users" has no column "mail"; did you mean "email"?',
      '`xano schema` lists the columns of each table.',
    ],
    [
      ['--exclude', 'user.email'],
      '--exclude user.email: this load has no table "user"; did you mean "users"?',
      'Write it as TABLE.COLUMN, such as users.phone, or *.phone for every table.',
    ],
    [
      ['--exclude', '*.emial'],
      '--exclude *.emial: no table of this load has "emial"; did you mean "email"?',
      '`xano schema` lists the columns of each table.',
    ],
    [
      ['--exclude', 'email'],
      '--exclude email does not name a column.',
      'Write it as TABLE.COLUMN, such as users.phone, or *.phone for every table.',
    ],
    [
      ['--mask', 'users.id=hash'],
      '--mask users.id=hash: "id" is the primary key of "users".',
      'A load needs the values of that column as they are: name another column.',
    ],
  ])('say what is wrong with %j', async (options, message, hint) => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    expectError(await desk.run(['load', ...SHOP, '--to', to, ...options]), 2, 'USAGE', message, hint);
    expect(desk.files()).toEqual([]);
  });

  it.each([
    [{}, 'which is not set'],
    [{ XANO_MASK_KEY: 'short' }, 'which has 5 characters, fewer than 16'],
  ])('need a key for hashes: %j', async (env, why) => {
    const desk = await openDesk();
    const argv = ['load', ...SHOP, 'users', '--to', desk.path('shop.duckdb'), '--mask', 'users.email=hash'];
    for (const more of [[], ['--dry-run']])
      expectError(
        await desk.run([...argv, ...more], { env }),
        2,
        'CONFIG_INVALID',
        `The mask hash of "users"."email" needs the variable XANO_MASK_KEY, ${why}.`,
        'Set XANO_MASK_KEY to a long secret, such as the output of `openssl rand -hex 32`, and keep it: another key gives other hashes.',
      );
    expect(desk.files()).toEqual([]);
  });
});
