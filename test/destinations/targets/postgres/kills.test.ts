/**
 * SIGKILL, and a server that ends the connection, in the middle of loads into Postgres: one whole load or the
 * other.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import pg from 'pg';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { type LocalXano, startLocalXano } from '../../../../src/index.js';
import { field } from '../../../../src/sandbox/data/define.js';
import { deleteRow, insertRow, rowFromJson, rowsIn, updateRow } from '../../../../src/sandbox/data/rows.js';
import { officeOf, rawTable } from '../../../fixtures/office.js';
import { describePostgres, newDatabase, rows } from '../../../servers/postgres.js';
import { tempFolder } from '../../writing.js';

const BIN = resolve(import.meta.dirname, '../../../../dist/cli/main.js');
const ROWS = 600;
const PAGE = 20;

/** Half of the rows are the same in each generation; of the others one comes and another one goes. */
const row = (id: number, generation: number): string =>
  JSON.stringify({ id, generation: id % 2 === 0 ? 0 : generation, text: 'x'.repeat(300) });

const table = rawTable(
  'rows',
  [field('id', 'int'), field('generation', 'int'), field('text', 'text')],
  Array.from({ length: ROWS }, (_, i) => row(i + 1, 1)),
);

let xano: LocalXano;
let url: string;
let folder: string;
let somebody: pg.Client;
let onSearch = (): void => {};

beforeEach(async () => {
  nextGeneration(1);
  folder = tempFolder();
  url = await newDatabase();
  somebody = new pg.Client(url);
  somebody.on('error', () => {});
  await somebody.connect();
  onTestFinished(() => somebody.end());
  xano = await startLocalXano({ instances: [officeOf(table)], latency_ms: 2 });
  onTestFinished(() => xano.close());
  const rewrite = (body: string): string => {
    onSearch();
    return body;
  };
  xano.fail({
    path: '/table/52/content/search',
    times: Number.POSITIVE_INFINITY,
    answer: { kind: 'rewrite', rewrite },
  });
});

function startLoad(): ChildProcess {
  const child = spawn(process.execPath, [BIN, 'load', '--to', url, '--page-size', String(PAGE)], {
    env: {
      XANO_TOKEN: xano.token,
      XANO_INSTANCE: xano.instances[0]!.origin,
      XANO_CONFIG_DIR: folder,
      XDG_STATE_HOME: folder,
    },
  });
  return child;
}

/** Runs a load to its end: its exit status and what it said. */
async function finish(child: ChildProcess): Promise<string> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  return `${status ?? signal} ${status === 0 ? '' : output}`;
}

/** A moment of a load: when it comes, the promise is kept. */
type Moment = () => Promise<void>;

const searched =
  (times: number): Moment =>
  () =>
    new Promise((done) => {
      let count = 0;
      onSearch = () => {
        if (++count === times) done();
      };
    });

/** The load waits in a trigger of its owner's, while it runs such a statement. */
const during =
  (statement: string): Moment =>
  async () => {
    const sql =
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'xano load%' AND wait_event = 'PgSleep' AND query ~ $1";
    while ((await somebody.query(sql, [statement])).rowCount === 0);
  };

/** The load has published its rows. */
const published: Moment = async () => {
  const read = async () =>
    (await somebody.query<{ load_id: string }>('SELECT load_id FROM _xano.resources')).rows[0]?.load_id;
  const before = await read();
  while ((await read()) === before);
};

/** Each kind of statement waits a moment, and so does COMMIT. */
const SLOW = `
  CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.25); RETURN NULL; END $$;
  CREATE TRIGGER slow BEFORE INSERT OR UPDATE OR DELETE ON xano_data.rows FOR EACH STATEMENT EXECUTE FUNCTION public.slow();
  CREATE CONSTRAINT TRIGGER slow_commit AFTER UPDATE ON xano_data.rows DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id = 1) EXECUTE FUNCTION public.slow()`;

/** What anybody finds: rows by generation, and what the state says of them. */
async function found(): Promise<unknown> {
  const [one] = await rows(
    url,
    `SELECT (SELECT json_agg(g ORDER BY g) FROM (SELECT json_build_array(generation, count(*))::text AS g FROM xano_data.rows GROUP BY generation) g) AS generations,
       (SELECT rows = (SELECT count(*) FROM xano_data.rows) FROM _xano.resources) AS counted,
       (SELECT count(*) FROM xano_data.rows r WHERE r._xano_load_id NOT IN (SELECT load_id FROM _xano.loads)) AS unknown,
       (SELECT max(_xano_load_id) FROM xano_data.rows) = (SELECT load_id FROM _xano.resources) AS newest`,
  );
  return one;
}
const whole = (generation: number) => ({
  generations: `["[0, ${ROWS / 2}]", "[${generation}, ${ROWS / 2}]"]`,
  counted: 't',
  unknown: '0',
  newest: 't',
});

/** No session of a load is left, nor what belongs to one. */
async function nothingIsLeft(): Promise<void> {
  expect(
    await rows(
      url,
      `SELECT 'table ' || relname AS left FROM pg_class WHERE relnamespace = to_regnamespace('_xano_staging')
       UNION ALL SELECT 'lock' FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    ),
  ).toEqual([]);
}

async function sessionsAreOver(): Promise<void> {
  const sql =
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'xano load%'";
  while ((await somebody.query(sql)).rowCount! > 0);
}

/** Loads the first generation, and slows down what comes. */
async function firstLoad(): Promise<void> {
  expect(await finish(startLoad())).toBe('0 ');
  await somebody.query(SLOW);
}

/** The highest key: each generation has one of its own. */
let last = ROWS - 1;

function nextGeneration(generation: number): void {
  const stored = rowsIn(table, 'live');
  deleteRow(stored, BigInt(last));
  last = ROWS + 2 * generation - 1;
  insertRow(stored, rowFromJson(row(last, generation)));
  for (let id = 1; id <= ROWS; id++) if (id !== ROWS - 1) updateRow(stored, rowFromJson(row(id, generation)));
}

describePostgres('a load into Postgres', () => {
  it.each([
    ['while pages come', [searched(3), searched(25)]],
    ['after the last page', [searched(ROWS / PAGE), during('^(DELETE)')]],
    ['while rows change', [during('^UPDATE "xano_data"'), during('^INSERT INTO "xano_data"')]],
    ['at the end', [during('^COMMIT'), published]],
  ] as const)('that is killed %s leaves one whole load or the other', async (_, moments) => {
    await firstLoad();
    let [good, generation] = [1, 1];
    for (const moment of moments) {
      nextGeneration(++generation);
      const coming = moment();
      const child = startLoad();
      const ending = finish(child);
      await coming;
      child.kill('SIGKILL');
      expect(await ending).toMatch(/^SIGKILL/);
      await sessionsAreOver();
      expect([whole(good), whole(generation)]).toContainEqual(await found());
      onSearch = () => {};
      expect(await finish(startLoad())).toBe('0 ');
      // Where all of it was there already, no row is of this load.
      expect(await found()).toEqual({ ...whole(generation), newest: expect.any(String) });
      await nothingIsLeft();
      good = generation;
    }
  });

  it('whose connection the server ends while it publishes ends right', async () => {
    await firstLoad();
    let generation = 1;
    for (const moment of [during('^UPDATE "xano_data"'), during('^COMMIT')]) {
      nextGeneration(++generation);
      const coming = moment();
      const ending = finish(startLoad());
      await coming;
      await somebody.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'xano load%'",
      );
      expect([whole(generation - 1), whole(generation)]).toContainEqual(await found());
      expect(await ending).toBe('0 ');
      expect(await found()).toEqual(whole(generation));
      await nothingIsLeft();
    }
  });
});
