/** Installs a load as a task of the Task Scheduler of Windows. */
import { join } from 'node:path';
import type { ScheduledLoad } from '../scheduled-load.js';
import { scheduledTask, taskName } from '../units/task-scheduler.js';
import { xmlText } from '../units/xml-text.js';
import { runSurely } from './run-program.js';
import type { Scheduler, System } from './scheduler.js';
import { assertOwnUnit, readUnit, removeUnit, writeUnits } from './unit-files.js';

/** Makes the scheduler. The file of each task stays, to compare the next one with. */
export function windowsTask({ run, env, home, timezone }: System): Scheduler {
  const folder = join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'xano-connector', 'tasks');
  const own = (load: ScheduledLoad): string | undefined => {
    const file = `xano-${load.name}.xml`;
    const existing = readUnit(folder, file, 'utf16le');
    assertOwnUnit(existing, load, `The task ${taskName(load.name)}`, xmlText);
    return existing;
  };
  return {
    title: 'the Task Scheduler',
    units: (load) => [scheduledTask(load, timezone)],
    install: async (load) => {
      const unit = scheduledTask(load, timezone);
      own(load);
      const hasChanged = writeUnits(folder, [unit], 'utf16le');
      const file = join(folder, unit.file);
      await runSurely(run, 'schtasks', ['/Create', '/TN', taskName(load.name), '/XML', file, '/F']);
      return hasChanged;
    },
    remove: async (load) => {
      if (own(load) === undefined) return false;
      await runSurely(run, 'schtasks', ['/Delete', '/TN', taskName(load.name), '/F']);
      removeUnit(folder, `xano-${load.name}.xml`);
      return true;
    },
    state: async (load) => {
      const existing = own(load);
      if (existing === undefined) return 'absent';
      return existing === scheduledTask(load, timezone).text ? 'installed' : 'outdated';
    },
  };
}
