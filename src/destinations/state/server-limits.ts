/** The limits of servers that earlier loads found. */
import type { ServerLimits } from '../destination.js';
import type { Session } from '../engine/session.js';
import { state } from './names.js';
import { readServer } from './state-schema.js';
import { assertReadable } from './state-tables.js';

/** A server may lift a limit: older ones are tried again. Milliseconds. */
const LEARNED_DAYS = 7;

/** Reads the limits of servers from the attached target. Throws DATABASE_FAILED. */
export async function recallServerLimits(session: Session): Promise<ServerLimits> {
  await assertReadable(session, state('servers'), '_xano.servers', ['url_template']);
  const rows = await session.rows(
    `SELECT url_template, page_size::DOUBLE AS page_size FROM ${state('servers')} WHERE learned_at > now() - INTERVAL ${LEARNED_DAYS} DAY`,
  );
  const sizes = rows.map(({ url_template, page_size }) =>
    readServer({ url_template: url_template ?? null, page_size: page_size ?? null }),
  );
  return {
    page_sizes: Object.fromEntries(sizes.map(({ url_template, page_size }) => [url_template, page_size])),
  };
}
