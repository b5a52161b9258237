/** Installs a load as lines of the user's crontab. */
import type { ScheduledLoad } from '../scheduled-load.js';
import { crontabLines, linesIn, withLines, withoutLines } from '../units/crontab.js';
import { programFailure, runSurely } from './run-program.js';
import type { Scheduler, System } from './scheduler.js';
import { assertOwnUnit } from './unit-files.js';

/** Makes the scheduler. */
export function userCrontab({ run, timezone }: System): Scheduler {
  const read = async (): Promise<string> => {
    const result = await run('crontab', ['-l']);
    if (result?.status === 0) return result.stdout;
    // Every cron says so in its own words, with a status of 1.
    if (result?.status === 1 && /no crontab for/i.test(result.stderr)) return '';
    throw programFailure('crontab', ['-l'], result);
  };
  const write = (crontab: string) => runSurely(run, 'crontab', ['-'], crontab);
  const own = async (load: ScheduledLoad): Promise<{ crontab: string; lines: string | undefined }> => {
    const crontab = await read();
    const lines = linesIn(crontab, load.name);
    const text = lines === undefined ? undefined : Buffer.from(lines, 'latin1').toString('utf8');
    assertOwnUnit(text, load, `A part "xano ${load.name}" of the crontab`);
    return { crontab, lines };
  };
  return {
    title: 'cron',
    units: (load) => [crontabLines(load, timezone)],
    install: async (load) => {
      const { text } = crontabLines(load, timezone);
      const { crontab } = await own(load);
      const next = withLines(crontab, load.name, text);
      if (next === crontab) return false;
      await write(next);
      return true;
    },
    remove: async (load) => {
      const { crontab, lines } = await own(load);
      if (lines === undefined) return false;
      await write(withoutLines(crontab, load.name));
      return true;
    },
    state: async (load) => {
      const { crontab, lines } = await own(load);
      if (lines === undefined) return 'absent';
      return withLines(crontab, load.name, crontabLines(load, timezone).text) === crontab
        ? 'installed'
        : 'outdated';
    },
  };
}
