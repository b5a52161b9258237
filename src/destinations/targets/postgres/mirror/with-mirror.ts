/** The time for which a Postgres database is mirrored in DuckDB. */
import { rmSync } from 'node:fs';
import type { Engine } from '../../../engine/engine.js';
import { databasePaths } from '../../../engine/own-files.js';
import type { Session } from '../../../engine/session.js';
import { TARGET } from '../../../state/names.js';
import type { Connection } from '../wire/connection.js';
import { type Mirrored, mirrorState } from './mirror.js';

/** The state alone: neither loads nor rejects. */
const STATE_ALONE: Mirrored = { resources: 'all', loads: 0, counts_rejects: false };

/**
 * Runs work with the state in the attached database `target`: in memory, or in a file where rows come into
 * it.
 */
export async function withMirror<T>(
  { scratch, engine }: { readonly scratch: string; readonly engine: Engine },
  connection: Connection,
  work: (session: Session) => Promise<T>,
  how: { readonly in_file?: boolean; readonly mirrored?: Mirrored } = {},
): Promise<T> {
  const session = await engine.session();
  const removeScratch = (): void => {
    for (const file of databasePaths(scratch)) rmSync(file, { force: true });
  };
  try {
    if (how.in_file === true) {
      removeScratch();
      await engine.attach(scratch, TARGET);
    } else await session.run(`ATTACH ':memory:' AS ${TARGET}`);
    await mirrorState(session, connection, how.mirrored ?? STATE_ALONE);
    return await work(session);
  } finally {
    session.close();
    await engine.detach(TARGET);
    if (how.in_file === true) removeScratch();
  }
}
