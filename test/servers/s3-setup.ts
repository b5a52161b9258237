/**
 * SeaweedFS, a real S3 server, and the folder of DuckDB's extensions, as a global set-up of the server
 * suites.
 * `test/servers/run --set-up` brings both.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../src/cli/commands/demo/free-port.js';
import { guardServer } from '../../src/cli/commands/demo/guard-server.js';

/** How a test reaches the S3 server. */
export interface S3Server {
  /** `http://127.0.0.1:<port>`. Buckets are the first part of the path. */
  readonly endpoint: string;
  /** A bucket that is there. */
  readonly bucket: string;
  readonly region: string;
  /** The only keys that the server takes. */
  readonly access_key_id: string;
  readonly secret_access_key: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    s3: S3Server;
    /** The address of the server's Iceberg catalog. Its keys are the client and the secret of its OAuth2. */
    iceberg: string;
    /** DuckDB's `extension_directory`. */
    extension_folder: string;
  }
}

const ENVIRONMENT = join(import.meta.dirname, '.venv');
const BUCKET = 'lake';
/** Starting takes half a second on a quiet machine. */
const START_MS = 60_000;
const POLL_MS = 50;

let stop = async (): Promise<void> => {};

/** Starts the server and tells test files where it is. */
export async function setup({ provide }: TestProject): Promise<void> {
  if (!existsSync(join(ENVIRONMENT, 'holds')))
    throw new Error('The server suites need test/servers/.venv: run `npm run test:servers -- --set-up`.');
  provide('extension_folder', join(ENVIRONMENT, 'extensions'));
  const { s3, iceberg } = await startS3();
  provide('s3', s3);
  provide('iceberg', iceberg);
}

/** Stops the server. */
export async function teardown(): Promise<void> {
  await stop();
}

async function startS3(): Promise<{ readonly s3: S3Server; readonly iceberg: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'xano-s3-'));
  const pid_file = join(folder, 'pid');
  const release = guardServer({ folder, pid_file, signal: 'SIGKILL' });
  const access_key_id = randomBytes(10).toString('hex');
  const secret_access_key = randomBytes(20).toString('base64');
  const port = await freePort();
  const catalog_port = await freePort();
  const log = join(folder, 'log');
  const output = openSync(log, 'a');
  const server = spawn(join(ENVIRONMENT, 'bin', 'weed'), await flags(folder, port, catalog_port), {
    stdio: ['ignore', output, output],
    cwd: folder,
    // Its own home: it reads settings from there.
    env: { HOME: folder, AWS_ACCESS_KEY_ID: access_key_id, AWS_SECRET_ACCESS_KEY: secret_access_key },
  });
  const exited = once(server, 'exit');
  await once(server, 'spawn');
  writeFileSync(pid_file, `${server.pid}\n`);
  stop = async () => {
    server.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    release();
  };
  const endpoint = `http://127.0.0.1:${port}`;
  const bucket = `${endpoint}/${BUCKET}/`;
  // Without a signature the server refuses; a bucket that is not there yet it does not know.
  for (const began = performance.now(); (await statusOf(bucket)) !== 403; await setTimeout(POLL_MS))
    if (performance.now() - began > START_MS || server.exitCode !== null) {
      const said = readFileSync(log, 'utf8').slice(-2_000);
      await stop();
      throw new Error(`SeaweedFS does not start: ${said}`);
    }
  const s3 = { endpoint, bucket: BUCKET, region: 'us-east-1', access_key_id, secret_access_key };
  return { s3, iceberg: `http://127.0.0.1:${catalog_port}` };
}

/** The status of an answer; undefined where nobody answers. */
const statusOf = (url: string): Promise<number | undefined> =>
  fetch(url).then(
    ({ status }) => status,
    () => undefined,
  );

/** Everything on loopback at free ports, and no telemetry, which is on by default. */
async function flags(folder: string, port: number, catalog_port: number): Promise<string[]> {
  const ports = ['master.port', 'volume.port', 'filer.port', 's3.port.lance', 'admin.port'];
  const own = ['master.port.grpc', 'volume.port.grpc', 'filer.port.grpc', 's3.port.grpc', 'admin.port.grpc'];
  const chosen = await Promise.all([...ports, ...own].map(async (name) => `-${name}=${await freePort()}`));
  return [
    'mini',
    `-dir=${folder}`,
    '-ip=127.0.0.1',
    '-ip.bind=127.0.0.1',
    `-s3.port=${port}`,
    `-s3.port.iceberg=${catalog_port}`,
    ...chosen,
    `-bucket=${BUCKET}`,
    '-admin.ui=false',
    '-webdav=false',
    '-master.telemetry=false',
  ];
}
