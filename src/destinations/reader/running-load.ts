/** Reads how far the load into a target is that runs now, in whatever program. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { LoadProgress } from '../../events.js';
import { ANNOUNCEMENT, type Announcement } from '../announcement.js';
import { look } from '../engine/own-files.js';
import { isRunning, THIS_COMPUTER } from '../engine/processes.js';

/** Of ten thousand tables. Bytes. */
const LARGEST = 10_000_000;

const count = z.number();
const waitSchema = z
  .object({ kind: z.enum(['rate_limit', 'retry']), reason: z.string(), until: z.string() })
  .nullable();

const announcementSchema: z.ZodType<Announcement> = z.object({
  computer: z.string(),
  process: z.number().int().positive(),
  progress: z.object({
    load_id: z.string(),
    started_at: z.string(),
    status: z.enum(['running', 'loaded', 'partial', 'failed', 'interrupted']),
    wait: waitSchema,
    tables: z.array(
      z.object({
        resource: z.string(),
        state: z.enum(['pending', 'reading', 'loaded', 'failed', 'skipped']),
        rows_read: count,
        rows_expected: count.nullable(),
        rows_resumed: count,
        ranges_read_again: count,
        wait: waitSchema,
        started_at: z.string().nullable(),
        result: z
          .object({
            target: z.string(),
            completeness: z
              .enum(['proved', 'limited', 'not_provable', 'changed_while_reading', 'incomplete'])
              .nullable(),
            rows_total: count.nullable(),
            duration_ms: count,
            error: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
          })
          .nullable(),
      }),
    ),
  }),
});

/**
 * How far the load that stages rows in that file is. Null where none runs, or where this program may not see
 * it: it belongs to another user, or to another computer.
 */
export async function readRunningLoad(staging_file: string): Promise<LoadProgress | null> {
  const file = join(`${staging_file}.tmp`, ANNOUNCEMENT);
  const stats = look(file);
  if (stats?.isFile() !== true || stats.size > LARGEST) return null;
  try {
    const { computer, process, progress } = announcementSchema.parse(
      JSON.parse(await readFile(file, 'utf8')),
    );
    return computer === THIS_COMPUTER && isRunning(process) ? progress : null;
  } catch {
    // Another user's file, or one of another version.
    return null;
  }
}
