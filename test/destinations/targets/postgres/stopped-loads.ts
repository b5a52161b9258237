/**
 * Loads of one table as processes of their own, and the moments of them at which a test kills them, or the
 * server.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { type LocalXano, startLocalXano } from '../../../../src/index.js';
import { field } from '../../../../src/sandbox/data/define.js';
import { deleteRow, insertRow, rowFromJson, rowsIn, updateRow } from '../../../../src/sandbox/data/rows.js';
import { officeOf, rawTable } from '../../../fixtures/office.js';
import { rows } from '../../../servers/postgres.js';

const BIN = resolve(import.meta.dirname, '../../../../dist/cli/main.js');
const ROWS = 600;
const PAGE = 20;
/** Pages of the table. */
export const PAGES = ROWS / PAGE;

/** Half of the rows are the same in each generation; of the others one comes and another one goes. */
const row = (id: number, generation: number): string =>
  JSON.stringify({ id, generation: id % 2 === 0 ? 0 : generation, text: 'x'.repeat(300) });

/**
 * A statement that `public.stops` names waits in a trigger, until its session or its server ends: with
 * `after`, once another transaction has published another load. Loads have pg_catalog as their only search
 * path.
 */
const STOPS = `
  CREATE TABLE public.stops (pattern text, after text);
  CREATE FUNCTION public.stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM public.stops WHERE current_query() ~ pattern AND (after IS NULL OR after <> (SELECT load_id FROM _xano.resources WHERE xmin::text <> pg_current_xact_id()::xid::text)))
    THEN PERFORM pg_sleep(600); END IF; RETURN NULL; END $$;
  CREATE FUNCTION public.stop_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM public.stops WHERE current_query() ~ pattern) THEN PERFORM pg_sleep(600); END IF; END $$;
  CREATE TRIGGER stop BEFORE INSERT OR UPDATE OR DELETE ON xano_data.rows FOR EACH STATEMENT EXECUTE FUNCTION public.stop();
  CREATE TRIGGER stop BEFORE INSERT OR DELETE ON _xano.resources FOR EACH STATEMENT EXECUTE FUNCTION public.stop();
  CREATE TRIGGER stop BEFORE INSERT OR DELETE ON _xano.rejects FOR EACH STATEMENT EXECUTE FUNCTION public.stop();
  CREATE TRIGGER stop BEFORE INSERT OR DELETE ON _xano.loads FOR EACH STATEMENT EXECUTE FUNCTION public.stop();
  CREATE CONSTRAINT TRIGGER stop_commit AFTER UPDATE ON xano_data.rows DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id = 1) EXECUTE FUNCTION public.stop();
  CREATE EVENT TRIGGER stop_ddl ON ddl_command_end EXECUTE FUNCTION public.stop_ddl()`;

const SESSIONS = "pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'xano load%'";

/** What anybody finds: rows by generation, and what the state says of them. */
const FOUND = `SELECT (SELECT json_agg(g ORDER BY g) FROM (SELECT json_build_array(generation, count(*))::text AS g FROM xano_data.rows GROUP BY generation) g) AS generations,
  (SELECT rows = (SELECT count(*) FROM xano_data.rows) FROM _xano.resources) AS counted,
  (SELECT count(*) FROM xano_data.rows r WHERE r._xano_load_id NOT IN (SELECT load_id FROM _xano.loads)) AS unknown,
  (SELECT max(_xano_load_id) FROM xano_data.rows) = (SELECT load_id FROM _xano.resources) AS newest`;

/** SQL that lists what is left of loads that do not run any more. */
export const LEFT = `SELECT 'table ' || relname AS left FROM pg_class WHERE relnamespace = to_regnamespace('_xano_staging')
  UNION ALL SELECT 'lock' FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** A load that runs. */
export interface RunningLoad {
  readonly child: ChildProcess;
  /** Its exit status or signal, and what it said unless it ended well. */
  readonly ended: Promise<string>;
}

/** A moment of a load: when it comes, the promise is kept. */
export type Moment = (load: RunningLoad) => Promise<void>;

/** A table of a local Xano, and loads of it into one database. */
export interface StoppedLoads {
  readonly start: () => RunningLoad;
  /** Loads the first generation, and makes statements of later loads stop where a moment says so. */
  readonly prepare: () => Promise<void>;
  /** Changes half of the rows; one of them comes and another one goes. Gives the number of the generation. */
  readonly nextGeneration: () => number;
  /** So many pages were asked for. */
  readonly searched: (pages: number) => Moment;
  /** The load has a session on the server. */
  readonly connected: Moment;
  /** The load waits while it runs such a statement. */
  readonly during: (statement: string) => Moment;
  /** Its rows are visible, and it waits while it runs such a statement. */
  readonly published: (statement: string) => Moment;
  /** Nothing waits any more. */
  readonly release: () => Promise<void>;
  readonly found: () => Promise<unknown>;
  /** What {@link found} gives of a whole load. */
  readonly whole: (generation: number) => unknown;
  readonly left: () => Promise<unknown>;
  /** Returns when no session of a load is there. */
  readonly sessionsAreOver: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Makes the table, and loads that keep their staged rows in a folder. */
export async function stoppedLoads(url: string, folder: string): Promise<StoppedLoads> {
  const table = rawTable(
    'rows',
    [field('id', 'int'), field('generation', 'int'), field('text', 'text')],
    Array.from({ length: ROWS }, (_, i) => row(i + 1, 1)),
  );
  let generation = 1;
  /** The highest odd key: each generation has one of its own. */
  let last = ROWS - 1;
  let onSearch = (): void => {};
  const xano = await startLocalXano({ instances: [officeOf(table)], latency_ms: 2 });
  const rewrite = (body: string): string => {
    onSearch();
    return body;
  };
  const path = '/table/52/content/search';
  xano.fail({ path, times: Number.POSITIVE_INFINITY, answer: { kind: 'rewrite', rewrite } });
  const release = async () => {
    onSearch = () => {};
    await rows(url, 'DELETE FROM public.stops');
  };
  const stopAt = async (
    { child }: RunningLoad,
    statement: string,
    after: string | null = null,
  ): Promise<void> => {
    await rows(url, 'INSERT INTO public.stops VALUES ($1, $2)', [statement, after]);
    const waits = `SELECT FROM ${SESSIONS} AND wait_event = 'PgSleep' AND query ~ $1`;
    while ((await rows(url, waits, [statement])).length === 0)
      if (child.exitCode !== null) throw new Error(`the load ended without ${statement}`);
  };
  const published = async () => (await rows(url, 'SELECT load_id FROM _xano.resources'))[0]?.['load_id'];
  return {
    start: () => startLoad({ url, folder, xano }),
    prepare: async () => {
      const { ended } = startLoad({ url, folder, xano });
      if ((await ended) !== '0 ') throw new Error(await ended);
      await rows(url, STOPS);
    },
    nextGeneration: () => {
      generation++;
      const stored = rowsIn(table, 'live');
      deleteRow(stored, BigInt(last));
      last = ROWS + 2 * generation - 1;
      insertRow(stored, rowFromJson(row(last, generation)));
      for (let id = 1; id <= ROWS; id++)
        if (id !== ROWS - 1) updateRow(stored, rowFromJson(row(id, generation)));
      return generation;
    },
    searched: (pages) => () =>
      new Promise((done) => {
        let count = 0;
        onSearch = () => {
          if (++count === pages) done();
        };
      }),
    connected: async () => {
      while ((await rows(url, `SELECT FROM ${SESSIONS}`)).length === 0);
    },
    during: (statement) => (load) => stopAt(load, statement),
    published: (statement) => async (load) => stopAt(load, statement, await published()),
    release,
    found: async () => (await rows(url, FOUND))[0],
    whole: (of) => ({
      generations: `["[0, ${ROWS / 2}]", "[${of}, ${ROWS / 2}]"]`,
      counted: 't',
      unknown: '0',
      newest: 't',
    }),
    left: () => rows(url, LEFT),
    sessionsAreOver: async () => {
      while ((await rows(url, `SELECT FROM ${SESSIONS}`)).length > 0);
    },
    close: () => xano.close(),
  };
}

function startLoad({
  url,
  folder,
  xano,
}: {
  readonly url: string;
  readonly folder: string;
  readonly xano: LocalXano;
}): RunningLoad {
  const child = spawn(process.execPath, [BIN, 'load', '--to', url, '--page-size', String(PAGE)], {
    env: {
      XANO_TOKEN: xano.token,
      XANO_INSTANCE: xano.instances[0]!.origin,
      XANO_CONFIG_DIR: folder,
      XDG_STATE_HOME: folder,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = once(child, 'close').then(
    ([status, signal]) => `${String(status ?? signal)} ${status === 0 ? '' : output}`,
  );
  return { child, ended };
}
