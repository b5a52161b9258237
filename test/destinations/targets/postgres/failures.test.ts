/** What keeps a load from a Postgres database: each a sentence with a hint, and nothing is written. */
import pg from 'pg';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { openDestination } from '../../../../src/destinations/open.js';
import { type Desk, openDesk } from '../../../cli/terminal.js';
import { office } from '../../../fixtures/office.js';
import { describePostgres, newDatabase, postgresUrl, rows } from '../../../servers/postgres.js';
import { startTransactionPooler } from '../../../servers/transaction-pooler.js';
import { publish, using } from '../../conformance/place.js';
import { plan, records, tempFolder } from '../../writing.js';

let desk: Desk;

beforeEach(async () => {
  vi.stubEnv('XDG_STATE_HOME', tempFolder());
  desk = await openDesk({ instances: [office()] });
});

const PASSWORD = 'pässword/of:the@role';

/** The URL of a database for a role of its own, which is gone with the test. */
async function asRole(options: string, grants = ''): Promise<string> {
  const owner = await newDatabase();
  const server = await postgresUrl();
  const database = new URL(owner).pathname.slice(1);
  const role = `role_of_${database}`;
  await rows(server, `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}' ${options}`);
  await rows(
    owner,
    grants.replaceAll('<role>', role).replaceAll('ON DATABASE', `ON DATABASE ${database}`) || 'SELECT 1',
  );
  onTestFinished(async () => {
    await rows(owner, `DROP OWNED BY ${role}`);
    await rows(server, `DROP ROLE ${role}`);
  });
  return changed(owner, (url) => {
    url.username = role;
    url.password = encodeURIComponent(PASSWORD);
  });
}

function changed(address: string, change: (url: URL) => void): string {
  const url = new URL(address);
  change(url);
  return url.href;
}

/**
 * Loads one table: its exit status, and what it said, with the place called `<place>`. The password is in
 * none of it.
 */
async function load(url: string, ...more: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await desk.run(['load', 'people', '--to', url, '--debug', ...more]);
  const { password } = new URL(url);
  for (const secret of [decodeURIComponent(password), password])
    if (secret !== '') expect(stdout + stderr).not.toContain(secret);
  const place = changed(url, (parts) => {
    parts.password = '';
    parts.search = '';
  });
  return `${status} ${stderr}`.replaceAll(place, '<place>').replace(/ {2}Cause: .*\n/, '');
}

/** A connection of somebody else's. */
async function somebody(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Returns when a session of the database waits for a lock. */
async function someoneWaits(url: string): Promise<void> {
  const waiting =
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  while ((await rows(url, waiting)).length === 0);
}

const failed = (status: number, sentence: string, hint: string, code = 'DATABASE_FAILED') =>
  `${status} Error: ${sentence}\n  ${hint}\n  Code: ${code}\n`;

const schemas = (url: string) =>
  rows(
    url,
    "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')",
  );

describePostgres('a load into Postgres', () => {
  it('says what is wrong with an address, and writes nothing', async () => {
    const url = await newDatabase();
    const at = (change: (parts: URL) => void) => load(changed(url, change));
    expect([
      await at((parts) => {
        parts.password = 'wrong-password';
      }),
      await at((parts) => {
        parts.hostname = 'no-such-host.invalid';
      }),
      await at((parts) => {
        parts.pathname = '/nothing_here';
      }),
      await at((parts) => {
        parts.port = '1';
      }),
      await load(`${url}?sslmode=require`),
    ]).toEqual([
      failed(
        6,
        'Postgres refused the password for <place>.',
        'Put the right password into PGPASSWORD or ~/.pgpass.',
      ),
      failed(6, 'The host of <place> is unknown.', 'Check its name and the network.'),
      failed(
        6,
        'The database of <place> does not exist.',
        'Create it first (createdb), or name another one with --to.',
      ),
      failed(6, 'No Postgres answers at <place>.', 'Start the server, or correct host and port in --to.'),
      failed(
        6,
        'The server of <place> does not encrypt connections.',
        'Turn on TLS there, or use ?sslmode=disable on a network that you trust.',
      ),
    ]);
    const known =
      'It knows sslmode, sslrootcert, connect_timeout, host, json. Everything else comes from the PG* variables.';
    expect([
      await load(`${url}?ssl=true`),
      await load(`${url}?sslmod=require`),
      await load(`${url}?sslmode=maybe`),
      await load(`${url}?json=xml`),
      await load(`${url}?sslrootcert=/nowhere.pem&sslmode=verify-full`),
    ]).toEqual([
      failed(2, 'xano-connector does not know the parameter "ssl" of a Postgres address.', known, 'USAGE'),
      failed(
        2,
        'xano-connector does not know the parameter "sslmod" of a Postgres address; did you mean "sslmode"?',
        known,
        'USAGE',
      ),
      failed(
        2,
        '"maybe" is not an sslmode of Postgres.',
        'Use one of disable, prefer, require, verify-ca, verify-full, no-verify.',
        'USAGE',
      ),
      failed(
        2,
        '"xml" is not a type that stores JSON in Postgres.',
        'Use ?json=json, which keeps the text as Xano sends it, or ?json=jsonb.',
        'USAGE',
      ),
      failed(2, 'sslrootcert names a file that cannot be read: /nowhere.pem.', 'See `xano --help`.', 'USAGE'),
    ]);
    expect(await schemas(url)).toEqual([]);
    expect(desk.xano.requests.filter(({ path }) => path.includes('/content'))).toEqual([]);
  });

  it('says which right a user lacks, and writes nothing', async () => {
    const mayCreate = 'GRANT CREATE ON DATABASE TO <role>';
    const roles = [
      await asRole(''),
      await asRole('', `${mayCreate}; ALTER ROLE <role> SET default_transaction_read_only = on`),
      await asRole('CONNECTION LIMIT 0', mayCreate),
      await asRole('', `${mayCreate}; CREATE SCHEMA xano_data`),
    ];
    const said: string[] = [];
    for (const url of roles) said.push((await load(url)).replaceAll(new URL(url).username, '<role>'));
    expect(said).toEqual([
      failed(
        6,
        'The user "<role>" may not create a schema in <place>.',
        'Grant it: GRANT CREATE ON DATABASE … TO "<role>"; or create the schemas "xano_data", "_xano" and "_xano_staging" for this user.',
      ),
      failed(
        6,
        '<place> is read-only: it is a replica, or its sessions may only read.',
        'Name the primary server with --to, or set default_transaction_read_only to off for this user.',
      ),
      failed(
        6,
        '<place> accepts no more connections: too many connections for role "<role>".',
        'Close other sessions, raise max_connections or the CONNECTION LIMIT of the user, or run again later.',
      ),
      failed(
        6,
        'The user "<role>" may not create tables in the schema xano_data of <place>.',
        'Grant it: GRANT CREATE, USAGE ON SCHEMA "xano_data" TO "<role>".',
      ),
    ]);
    expect(await schemas(await postgresUrl())).toEqual([]);
    expect(desk.xano.requests.filter(({ path }) => path.includes('/content'))).toEqual([]);
  });

  it('keeps the password out of everything that it stores and prints', async () => {
    const url = await asRole('', 'GRANT CREATE ON DATABASE TO <role>');
    expect(await load(url)).toBe('0 ');
    const stored = await rows(
      url,
      "SELECT report::text, (SELECT string_agg(r::text, '') FROM _xano.resources r) AS resources FROM _xano.loads",
    );
    expect(stored).toHaveLength(1);
    const shown = [
      await desk.run(['status', '--to', url, '--json']),
      await desk.run(['query', 'SELECT 1/0', '--to', url, '--debug']),
    ];
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)])
      expect(JSON.stringify([stored, shown])).not.toContain(secret);
  });

  it('refuses a transaction pooler, whichever connection it takes', async () => {
    const url = await newDatabase();
    for (const order of ['last used', 'in turn'] as const) {
      const pooled = await startTransactionPooler(url, order);
      expect(await load(pooled)).toContain(
        'A transaction pooler stands before <place>: it cannot hold a lock for the time of a load. Use the direct connection or the session pooler: Supabase has it on port 5432 instead of 6543, Neon without "-pooler" in the host.',
      );
    }
    expect(await schemas(url)).toEqual([]);
  });

  it('waits for what another session makes at the same moment', async () => {
    const url = await newDatabase();
    const other = await somebody(url, 'another load');
    for (const schema of ['xano_data', '_xano', '_xano_staging']) {
      await other.query(`BEGIN; CREATE SCHEMA ${schema}`);
      const loading = load(url);
      await someoneWaits(url);
      await other.query('COMMIT');
      expect(await loading).toBe('0 ');
      // The third load finds a table, and stages rows beside it.
      if (schema === 'xano_data') await other.query('DROP SCHEMA xano_data, _xano CASCADE');
    }
  });

  it('loads two schemas at once, and refuses a second load of one of them', async () => {
    const url = await newDatabase();
    const other = await somebody(url, 'psql');
    expect(await load(url)).toBe('0 ');
    await other.query('BEGIN; LOCK TABLE xano_data.people');
    const first = load(url);
    await someoneWaits(url);
    vi.stubEnv('XDG_STATE_HOME', tempFolder());
    expect(await load(url)).toMatch(
      /^6 people: Another load into "xano_data" of <place> is running: xano load on \S+ \(process \d+\) of xano from 127\.0\.0\.1, process \d+ of the server, since \S+Z\. Wait until that load is done, or load into another schema with --dataset\.\n/,
    );
    expect(await load(url, '--dataset', 'other')).toBe('0 ');
    expect(await first).toMatch(
      /^6 people: Another session locks the table xano_data\.people of <place>: psql of xano from 127\.0\.0\.1, process \d+ of the server, since \S+Z\. End its transaction\. Run the same command again: it continues where it stopped\.\n/,
    );
    await other.query('ROLLBACK');
    expect(await load(url)).toBe('0 ');
    const all = await Promise.all(['a', 'b', 'c'].map((dataset) => load(url, '--dataset', dataset)));
    expect(all.map((said) => said[0])).toEqual(['0', '0', '0']);
    expect(await rows(url, 'SELECT count(*) AS tables, sum(rows) AS rows FROM _xano.resources')).toEqual([
      { tables: '5', rows: '15' },
    ]);
    expect(await rows(url, "SELECT FROM pg_locks WHERE locktype = 'advisory'")).toEqual([]);
    expect((await schemas(url)).map(({ nspname }) => nspname)).not.toContain('_xano_staging');
  });

  it('that was interrupted is shown with its staged rows, wherever they are', async () => {
    const [to, staging_folder] = [await newDatabase(), tempFolder()];
    const place = { open: () => openDestination(to, { staging_folder }) };
    await using(place, async (destination) => {
      await publish(destination, plan(), [{ id: 1 }]);
      const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
      await writer.write(records([{ id: 1 }, { id: 2 }]), { page: 1 });
      await writer.staged();
      await writer.abort({ keep: true });
    });
    const status = (...more: readonly string[]) => desk.run(['status', '--to', to, ...more, '--json']);
    const [here, elsewhere] = [await status('--staging', staging_folder), await status()];
    expect([JSON.parse(here.stdout), JSON.parse(elsewhere.stdout)]).toMatchObject([
      { staging: { state: 'unfinished', tables: 1, rows: 2 } },
      { staging: null },
    ]);
  });
});
