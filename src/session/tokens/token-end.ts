/** Notes about a token's expiry: before a command, before a load that may take longer, and after one. */
import { destinationLabel, lastLoadMs, type PlaceOptions, type TokenStatus } from '../../index.js';
import type { SessionContext } from '../context.js';
import type { LongLoad, TokenEnding } from '../note.js';

/** A token's expiry and source. */
export interface Ending {
  readonly status: TokenStatus;
  readonly source: string;
}

/** The note about a token in its last 48 hours. */
export function endingNote(
  { status, source }: Ending,
  { now }: Pick<SessionContext, 'now'>,
): TokenEnding | undefined {
  const { state, expires_at } = status;
  if (state !== 'expiring' || expires_at === null) return undefined;
  const left_ms = Date.parse(expires_at) - now();
  return { type: 'token_ending', source, status: { ...status, expires_at }, left_ms };
}

/** The note about a load that will probably outlast its token, judged by the last load into that file. */
export async function longLoadNote(
  { status, source }: Ending,
  to: string,
  { now }: Pick<SessionContext, 'now'>,
  options: Partial<PlaceOptions> = {},
): Promise<LongLoad | undefined> {
  if (status.expires_at === null) return undefined;
  const took_ms = await lastLoadMs(to, options);
  const left_ms = Date.parse(status.expires_at) - now();
  if (took_ms === undefined || took_ms < left_ms) return undefined;
  return { type: 'load_outlives_token', source, file: destinationLabel(to), took_ms, left_ms };
}
