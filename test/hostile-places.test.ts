/** The program itself where its disk, its limits or the files around it are not what it would like. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { queryFile } from '../src/index.js';

const BIN = resolve(import.meta.dirname, '..', 'dist', 'cli', 'main.js');

interface Place {
  readonly folder: string;
  readonly path: (name: string) => string;
  /** Runs the built program, by way of a shell where its limits are to be others. */
  readonly run: (
    argv: readonly string[],
    limit?: string,
    on_start?: (kill: () => void) => void,
  ) => Promise<Ended>;
}

interface Ended {
  readonly end: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with an endpoint config of a list of so many rows, and a server that gives it. */
async function openPlace(rows = 3): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'xano-places-'));
  const list = Array.from({ length: rows }, (_, id) => ({ id, text: `${Math.sin(id)} `.repeat(5) }));
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(list)),
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const path = (name: string): string => join(folder, name);
  writeFileSync(
    path('lists.yaml'),
    `client: { base_url: "http://127.0.0.1:${port}", auth: none, pagination: single_page }\nresources: [{ name: a, primary_key: id }]\n`,
  );
  return {
    folder,
    path,
    run: (argv, limit, on_start) =>
      new Promise((done) => {
        const command =
          limit === undefined
            ? ([process.execPath, [BIN, ...argv]] as const)
            : (['bash', ['-c', `${limit}; exec "$0" "$@"`, process.execPath, BIN, ...argv]] as const);
        const child = spawn(command[0], [...command[1]], {
          cwd: folder,
          env: { PATH: process.env['PATH'], HOME: folder, XANO_CONFIG_DIR: path('config'), TMPDIR: folder },
        });
        const said = { stdout: '', stderr: '' };
        child.stdout.on('data', (part) => {
          said.stdout += String(part);
        });
        child.stderr.on('data', (part) => {
          said.stderr += String(part);
        });
        on_start?.(() => child.kill('SIGINT'));
        child.on('close', (code, signal) => done({ end: code ?? signal, ...said }));
      }),
  };
}

const LOAD = ['load', '--endpoints', 'lists.yaml', '--to', 'x.duckdb'];

it('a limit on the size of files ends a load with a sentence about it', async () => {
  const place = await openPlace(20_000);
  const { end, stderr } = await place.run(LOAD, 'ulimit -f 300');
  expect(end).toBe(6);
  expect(stderr).toContain('would exceed the size limit of this user');
  expect((await place.run(LOAD)).end).toBe(0);
});

it('a log file on a full disk costs the log, and not the load', async () => {
  const place = await openPlace();
  const { end, stderr } = await place.run([...LOAD, '--log-file', '/dev/full']);
  expect(end).toBe(0);
  expect(stderr).toContain(
    'Warning: /dev/full cannot be written: its disk is full. The log ends there; the load continues.',
  );
  expect((await queryFile(place.path('x.duckdb'), 'SELECT count(*)::INT AS n FROM a')).rows).toEqual([
    { n: 3 },
  ]);
});

it('a log file that is a link is refused, and its target is left alone', async () => {
  const place = await openPlace();
  writeFileSync(place.path('diary.txt'), 'as it was');
  symlinkSync(place.path('diary.txt'), place.path('load.log'));
  const { end, stderr } = await place.run([...LOAD, '--log-file', 'load.log']);
  expect({ end, stderr }).toMatchObject({ end: 2, stderr: expect.stringContaining('it is a symbolic link') });
  expect(readFileSync(place.path('diary.txt'), 'utf8')).toBe('as it was');
  expect(existsSync(place.path('x.duckdb'))).toBe(false);
  // The system's own names of its streams are links.
  expect((await place.run([...LOAD, '--log-file', '/dev/fd/3'], 'exec 3>open.log')).end).toBe(0);
  expect(readFileSync(place.path('open.log'), 'utf8')).toContain('"type":"load_started"');
});

it('a staging file that is not a database is one line of warning, and the load continues', async () => {
  const place = await openPlace();
  writeFileSync(place.path('x.duckdb.staging'), 'a note of somebody');
  const { end, stderr } = await place.run([...LOAD, '--log-file', 'load.log']);
  expect(end).toBe(0);
  const said = stderr.split('\n').filter((line) => line.includes('staging'));
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(
    /^Warning: cannot use .*x\.duckdb\.staging.* moved it to .*x\.duckdb\.staging\.damaged-.* reading its rows again$/,
  );
  expect(readFileSync(place.path('load.log'), 'utf8')).toContain('"type":"staging_set_aside"');
  const aside = readdirSync(place.folder).find((name) => name.includes('.damaged-'));
  expect(readFileSync(place.path(String(aside)), 'utf8')).toBe('a note of somebody');
});

it('--keep-loads limits the number of load records', async () => {
  const place = await openPlace();
  for (let n = 0; n < 3; n++) expect((await place.run([...LOAD, '--keep-loads', '2'])).end).toBe(0);
  const { rows } = await queryFile(place.path('x.duckdb'), 'SELECT count(*)::INT AS n FROM _xano.loads');
  expect(rows).toEqual([{ n: 2 }]);
  expect(await place.run([...LOAD, '--keep-loads', '0'])).toMatchObject({ end: 2 });
});

it('a Ctrl-C ends a load while DuckDB works on one huge value', async () => {
  const place = await openPlace();
  expect((await place.run(LOAD)).end).toBe(0);
  // Minutes of work on a single value.
  const sql = "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))";
  const watching = new AbortController();
  const { end, stderr } = await place.run(['query', sql, '--to', 'x.duckdb'], undefined, (kill) => {
    // Its temporary folder is made right before it begins.
    watch(place.folder, { signal: watching.signal }, (_, name) => {
      if (!String(name).startsWith('xano-query-')) return;
      watching.abort();
      kill();
    });
  });
  expect([130, 'SIGINT']).toContain(end);
  expect(stderr).toContain('The query was stopped.');
  expect(readdirSync(place.folder).filter((name) => name.startsWith('xano-query-'))).toEqual([]);
});

it.each([
  ['is not there', '/nope', 'ENOENT'],
  ['is a file', '/dev/null', 'ENOTDIR'],
])('a temporary folder that %s ends a query with a sentence about it', async (_, folder, code) => {
  const place = await openPlace();
  expect((await place.run(LOAD)).end).toBe(0);
  const { end, stderr } = await place.run(
    ['query', 'SELECT 1', '--to', 'x.duckdb'],
    `export TMPDIR=${folder}`,
  );
  expect(stderr).toBe(
    `Error: The query cannot create a folder in ${folder}: ${code}.\n  Set TMPDIR to a writable folder with free space.\n  Code: DATABASE_FAILED\n`,
  );
  expect(end).toBe(6);
});
