/** `xano check --pii`: columns that look personal, and the lines that protect them. */
import { describe, expect, it } from 'vitest';
import type { PersonalColumn } from '../../../../src/index.js';
import { type Desk, expectError, openDesk, PLAIN, SHOP } from '../../terminal.js';

const KEY = { XANO_MASK_KEY: 'k'.repeat(32) };
type Found = PersonalColumn & { readonly protected: unknown };
const found = (stdout: string): Found[] => (JSON.parse(stdout) as { columns: Found[] }).columns;

/** Every text of the tables that hold people. */
const values = (desk: Desk): string[] =>
  desk.xano.instances[0]!.data.workspaces[0]!.tables.filter(
    ({ name }) => name === 'customers' || name === 'users',
  )
    .flatMap(({ rows }) => rows['live']!.sorted.slice(0, 100))
    .map(({ json }) => (JSON.parse(json) as { email: string }).email);

describe('xano check --pii', () => {
  it('lists columns with reasons, never with values, and prints the lines to add', async () => {
    const desk = await openDesk();
    const said = await desk.run(['check', ...SHOP, '--pii'], { columns: 160, env: PLAIN });
    expect(said.status).toBe(0);
    expect(said.stdout).toMatch(/users\.email +email +high +type, name, sample +no +hash/);
    expect(said.stdout).toMatch(/customers\.birthday +birthday +high +name +no +year/);
    expect(said.stdout).not.toContain('date_value');
    expect(said.stderr).toContain('users.email=hash');
    expect(said.stderr).toContain(
      '      customers: { exclude: [address, location], mask: { name: redact, email: hash, birthday: year } }',
    );
    expect(said.stderr).toContain('      orders: {}');
    expect(said.stderr).toContain('      "new stuff 🚀": { mask: { "first name": redact } }');
    const all = said.stdout + said.stderr;
    for (const value of values(desk)) expect(all).not.toContain(value);
    expect(desk.files()).toEqual([]);
  });

  it('marks what options or earlier loads protect, and fails with --strict where something is open', async () => {
    const desk = await openDesk();
    const to = desk.path('shop.duckdb');
    const protect = ['--mask', 'users.email=hash', 'users.name=redact', '--exclude', 'users.reset_secret'];
    const strict = ['check', ...SHOP, 'users', '--pii', '--strict', '--json'];
    const open = await desk.run([...strict, '--mask', 'users.email=hash']);
    expect(open.status).toBe(7);
    expect(found(open.stdout).map((one) => [one.column, one.protected])).toEqual([
      ['name', null],
      ['email', { by: 'option', how: 'hash' }],
      ['reset_secret', null],
    ]);
    expect((await desk.run([...strict, ...protect])).status).toBe(0);

    await desk.run(['load', ...SHOP, 'users', '--to', to, ...protect], { env: KEY });
    const loaded = await desk.run([...strict, '--to', to]);
    expect([loaded.status, found(loaded.stdout).map((one) => one.protected)]).toEqual([
      0,
      [
        { by: 'load', how: 'redact' },
        { by: 'load', how: 'hash' },
        { by: 'load', how: 'excluded' },
      ],
    ]);
  });

  it('judges by names and types where it may not read rows, and says so', async () => {
    const desk = await openDesk();
    const token = desk.xano.issueToken({ scopes: ['workspace:database'] });
    const said = await desk.run(['check', ...SHOP, 'users', '--pii', '--json'], {
      env: { XANO_TOKEN: token },
    });
    expect(said.status).toBe(0);
    expect(said.stderr).toContain('users: judged by names and types alone:');
    expect(found(said.stdout).map(({ column }) => column)).toEqual(['name', 'email', 'reset_secret']);
  });

  it('refuses its options without --pii', async () => {
    const desk = await openDesk();
    expectError(
      await desk.run(['check', ...SHOP, '--strict']),
      2,
      'USAGE',
      '--strict needs --pii.',
      'Add --pii, or omit --strict.',
    );
  });
});
