/** Loads as processes of their own: lists on loopback, and the command line that loads them into a lake. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempFolder } from '../../writing.js';
import { EXTENSIONS } from './lakes.js';

const MAIN = resolve(import.meta.dirname, '..', '..', '..', '..', 'dist', 'cli', 'main.js');

/**
 * Which of the twenty moments of a load are tried with SIGKILL: some of each phase, and all of them where
 * `XANO_TEST_KILLS` is `all`. Each takes four seconds.
 */
export const KILLS: readonly number[] =
  process.env['XANO_TEST_KILLS'] === 'all' ? Array.from({ length: 20 }, (_, at) => at + 1) : [2, 9, 15, 20];

/** Lists on loopback. */
export interface ServedLists {
  readonly origin: string;
  /** Sets the value that each row of a source has from now on; 0 at first. */
  readonly setValue: (source: string, value: number) => void;
}

/** Serves lists of records on loopback: `/<source>/<anything>?n=3` has three rows. */
export async function serveLists(): Promise<ServedLists> {
  const values = new Map<string, number>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const value = values.get(pathname.split('/')[1] ?? '') ?? 0;
    const rows = Array.from({ length: Number(searchParams.get('n')) }, (_, id) => ({ id, value }));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(rows));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, setValue: (source, value) => void values.set(source, value) };
}

/** What one loader loads. */
export interface Lists {
  readonly origin: string;
  /** A part of the address: another one is another source. */
  readonly source: string;
  readonly tables: number;
  readonly rows: number;
  /** What is said of all resources beside how they are read. Default: nothing. */
  readonly defaults?: string;
}

/** A config file with these lists, tables `t0`, `t1`, … */
export function listsFile({ origin, source, tables, rows, defaults }: Lists): string {
  const file = join(tempFolder(), 'lists.yaml');
  const resources = Array.from(
    { length: tables },
    (_, i) => `  - { name: t${i}, path: ${source}/l${i}, params: { n: ${rows} } }`,
  );
  writeFileSync(
    file,
    [
      `client: { base_url: "${origin}" }`,
      `resource_defaults: { primary_key: id, pagination: single_page, data_selector: ""${defaults === undefined ? '' : `, ${defaults}`} }`,
      'resources:',
      ...resources,
    ].join('\n'),
  );
  return file;
}

/** A process that loads, and what it said. */
export interface Loader {
  readonly child: ChildProcess;
  /** Its exit status and all of its output; the status of a killed one is null. */
  readonly ended: Promise<{ readonly status: number | null; readonly output: string }>;
}

/** Starts a process of the command line, with an environment of its own. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Loader {
  const folder = tempFolder();
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      XANO_CONFIG_DIR: folder,
      XDG_STATE_HOME: folder,
      XANO_EXTENSION_DIR: EXTENSIONS,
      ...env,
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  return { child, ended: once(child, 'close').then(([status]) => ({ status, output })) };
}
