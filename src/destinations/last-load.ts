/** How long loading into a file took. */
import { existsSync } from 'node:fs';
import { asXanoError } from '../errors.js';
import { queryFile } from './open.js';

/**
 * How long the last load into a DuckDB file took that loaded all it was asked for, in milliseconds. Undefined where there is none, or where the
 * file cannot be looked at just now: whoever asks wants to warn, and nothing depends on it.
 */
export async function lastLoadMs(file: string): Promise<number | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    const { rows } = await queryFile(
      file,
      "SELECT (epoch_ms(finished_at) - epoch_ms(started_at))::DOUBLE AS ms FROM _xano.loads WHERE status = 'loaded' ORDER BY started_at DESC LIMIT 1",
    );
    const ms = rows[0]?.['ms'];
    return typeof ms === 'number' ? ms : undefined;
  } catch (thrown) {
    if (asXanoError(thrown).code === 'BUG') throw thrown;
    return undefined;
  }
}
