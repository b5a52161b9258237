/** Since when a project has its schedule: times before that are not missed. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readState, writeState } from '../session/state-file.js';
import type { ScheduledLoad } from './scheduled-load.js';

const sinceSchema = z.object({ cron: z.string(), timezone: z.string().nullable(), since: z.iso.datetime() });

const fileOf = (folder: string, load: Pick<ScheduledLoad, 'name' | 'folder'>): string => {
  const digest = createHash('sha256')
    .update(JSON.stringify([load.folder, load.name]))
    .digest('hex');
  return join(folder, `schedule-${digest.slice(0, 16)}.json`);
};

/**
 * Since when the project has had this very schedule, in epoch milliseconds; undefined where nobody noted
 * that.
 * `folder` is that of the state. Throws what `readState` throws.
 */
export function scheduledSince(folder: string, load: ScheduledLoad): number | undefined {
  const { value } = readState(fileOf(folder, load), (content) => sinceSchema.parse(content));
  const { cron, timezone } = load.schedule;
  return value?.cron === cron && value.timezone === timezone ? Date.parse(value.since) : undefined;
}

/**
 * Notes that the project has this schedule from now on, unless it has had it. Throws what `writeState`
 * throws.
 */
export function noteSchedule(folder: string, load: ScheduledLoad, now: number): void {
  if (scheduledSince(folder, load) !== undefined) return;
  const { cron, timezone } = load.schedule;
  writeState(fileOf(folder, load), { cron, timezone, since: new Date(now).toISOString() });
}
