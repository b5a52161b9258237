/** HEADER: what this file is. */

import { XanoError } from '../../errors.js';
import type { LoadReport } from '../../events.js';
import type { ServerLimits } from '../destination.js';
import type { Session } from '../engine/engine.js';
import { jsonText, literal } from '../engine/sql.js';
import { STATE_VERSION, stateTables } from './ddl.js';
import { state, TARGET } from './names.js';
import { MOST_TEXT_BYTES, readVersion } from './state-schema.js';

/** Makes the `_xano` tables and refuses those of a newer version. */
export async function prepareState(session: Session): Promise<void> {
  // Files of the first days lack them.
  const added = ['watermark JSON', 'staging_id VARCHAR'].map(
    (column) => `ALTER TABLE ${state('resources')} ADD COLUMN IF NOT EXISTS ${column}`,
  );
  await session.run([...stateTables(TARGET), ...added].join('; '));
  const [format] = await session.rows(`SELECT max(version) AS version FROM ${state('format')}`);
  assertVersion(format?.['version']);
}

/** Refuses state that a newer version wrote: it may mean what this one does not know. */
export function assertVersion(found: unknown): void {
  const version = readVersion(found);
  if (version > STATE_VERSION)
    throw new XanoError(
      'DATABASE_FAILED',
      `The file was written by a newer xano-connector (state version ${version}).`,
      {
        hint: 'Update xano-connector (npm install -g xano-connector@latest), or name another file with --to.',
      },
    );
}

/** Keeps a load's report, as far as it has come, and forgets all but the newest `keep` loads. */
export async function writeLoad(
  session: Session,
  report: LoadReport,
  status: LoadReport['status'] | 'running',
  keep: number,
): Promise<void> {
  const finished = status === 'running' ? 'NULL' : `${literal(report.finished_at)}::TIMESTAMPTZ`;
  const own = literal(report.load_id);
  // This one counts as well, and it stays: the clock of this computer may have been set back.
  const older = `SELECT load_id FROM ${state('loads')} ORDER BY started_at DESC, load_id DESC OFFSET ${Math.trunc(keep) - 1}`;
  await session.run(
    [
      `DELETE FROM ${state('loads')} WHERE load_id = ${own}`,
      `DELETE FROM ${state('loads')} WHERE load_id IN (${older})`,
      `INSERT INTO ${state('loads')} VALUES (${own}, ${literal(report.started_at)}::TIMESTAMPTZ, ${finished}, ${literal(status)}, ${report.requests}, ${report.bytes}, ${literal(reportText(report))})`,
    ].join('; '),
  );
}

/** A report as it is kept: without the names of columns where they would make it longer than what is read back. */
export function reportText(report: LoadReport): string {
  const text = jsonText(report);
  if (Buffer.byteLength(text) <= MOST_TEXT_BYTES) return text;
  const resources = report.resources.map((one) => ({ ...one, schema_changes: [], columns_added: [] }));
  const shorter = jsonText({ ...report, resources });
  return Buffer.byteLength(shorter) <= MOST_TEXT_BYTES ? shorter : jsonText({ ...report, resources: [] });
}

/** Keeps what was found out about servers. */
export async function writeServerLimits(session: Session, { page_sizes }: ServerLimits): Promise<void> {
  // The column has its name of the first days, when a limit was taken for that of the whole host.
  for (const [family, size] of Object.entries(page_sizes)) {
    await session.run(`DELETE FROM ${state('servers')} WHERE host = ${literal(family)}`);
    await session.run(`INSERT INTO ${state('servers')} VALUES (${literal(family)}, ${size}, now())`);
  }
}
