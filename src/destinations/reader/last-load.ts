/** How long loading into a file took. */
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { asXanoError } from '../../errors.js';
import { quote } from '../engine/sql.js';

/**
 * How long the last load into a DuckDB file took that loaded all it was asked for, in milliseconds. Undefined where there is none, or where the
 * file cannot be looked at just now: whoever asks wants to warn, and nothing depends on it.
 */
export async function lastLoadMs(file: string): Promise<number | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    // Only where somebody asks: DuckDB takes a tenth of a second to load.
    const { readLoadedFile } = await import('./open-loaded.js');
    return await readLoadedFile(
      file,
      (ms) => setTimeout(ms),
      async (session) => {
        const [row] = await session.rows(
          `SELECT (epoch_ms(finished_at) - epoch_ms(started_at))::DOUBLE AS ms FROM ${quote('target', '_xano', 'loads')} WHERE status = 'loaded' ORDER BY started_at DESC LIMIT 1`,
        );
        const ms = row?.['ms'];
        return typeof ms === 'number' ? ms : undefined;
      },
    );
  } catch (thrown) {
    if (asXanoError(thrown).code === 'BUG') throw thrown;
    return undefined;
  }
}
