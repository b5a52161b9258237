/**
 * A real Postgres for tests: fresh databases on the server of the set-up, and rows read as psql shows them.
 */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { describe, inject, it, onTestFinished, TestRunner } from 'vitest';
import type { PostgresAnswer } from './postgres-setup.js';

const { available, package_name, port } = inject('postgres');
/** CI must not pass because a server is missing. */
const isRequired = (process.env['XANO_TEST_REQUIRE_SERVERS'] ?? process.env['CI'] ?? '') !== '';

/** The server's answer. The first one starts it. */
async function ask(): Promise<PostgresAnswer> {
  return JSON.parse(await text(connect(port, '127.0.0.1'))) as PostgresAnswer;
}

// The set-up says at the end which suites did not run, if any asked.
if (!available) await ask();

/**
 * A suite that needs Postgres. Without the server's package it does not run, and the run says so at its end;
 * where `CI` or `XANO_TEST_REQUIRE_SERVERS` is set, it fails.
 */
export function describePostgres(name: string, tests: () => void): void {
  if (available) describe(name, tests);
  else if (isRequired)
    describe(name, () => {
      it('has a Postgres server', () => {
        throw new Error(`The npm package ${package_name} is not installed.`);
      });
    });
  else describe.skip(name, tests);
}

/** The URL of the server's own database, with the user `xano`, who may do everything, and the password. */
export async function postgresUrl(): Promise<string> {
  const answer = await ask();
  if ('failure' in answer) throw new Error(answer.failure);
  return answer.url;
}

let databases = 0;

/**
 * The URL of a new, empty database. It is dropped when the test that asked ends; outside of a test, with the
 * server.
 */
export async function newDatabase(): Promise<string> {
  const server = await postgresUrl();
  const name = `test_${process.pid}_${databases++}`;
  await rows(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  if (TestRunner.getCurrentTest() !== undefined)
    onTestFinished(async () => {
      await rows(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** A row with every value as the text that the server gives; NULL is null. */
export type TextRow = Readonly<Record<string, string | null>>;

/** Runs SQL on a connection of its own, and gives the rows of its last statement. */
export async function rows(url: string, sql: string, values?: readonly unknown[]): Promise<TextRow[]> {
  // Parsed values would hide what is stored: a JavaScript Date has milliseconds, numeric becomes a text
  // anyway.
  const types = { getTypeParser: () => (value: string) => value };
  const client = new pg.Client({ connectionString: url, types });
  await client.connect();
  try {
    const results = [await client.query<TextRow>(sql, values === undefined ? undefined : [...values])].flat();
    return results.at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}
