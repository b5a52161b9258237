/** Installs a load as a timer of the user's systemd. */
import { join } from 'node:path';
import type { ScheduledLoad } from '../scheduled-load.js';
import { systemdUnits } from '../units/systemd.js';
import { runSurely } from './run-program.js';
import type { Scheduler, System } from './scheduler.js';
import { assertOwnUnit, readUnit, removeUnit, writeUnits } from './unit-files.js';

/** Makes the scheduler. */
export function systemdTimer({ run, env, home }: System): Scheduler {
  const folder = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'systemd', 'user');
  const systemctl = (...args: readonly string[]) => runSurely(run, 'systemctl', ['--user', ...args]);
  const own = (load: ScheduledLoad) => {
    const units = systemdUnits(load);
    const existing = units.map(({ file }) => readUnit(folder, file));
    for (const [i, { file }] of units.entries()) assertOwnUnit(existing[i], load, `The unit ${file}`);
    return { units, existing };
  };
  return {
    title: 'systemd',
    units: systemdUnits,
    install: async (load) => {
      const { units } = own(load);
      const hasChanged = writeUnits(folder, units);
      // Also where nothing changed: an earlier try may have ended here, or somebody stopped the timer.
      await systemctl('daemon-reload');
      await systemctl('enable', units[1].file);
      // A timer that runs goes by its former times until it is restarted.
      await systemctl('restart', units[1].file);
      return hasChanged;
    },
    remove: async (load) => {
      const { units, existing } = own(load);
      if (existing.every((text) => text === undefined)) return false;
      if (existing[1] !== undefined) await systemctl('disable', '--now', units[1].file);
      for (const { file } of units) removeUnit(folder, file);
      await systemctl('daemon-reload');
      return true;
    },
    state: async (load) => {
      const { units, existing } = own(load);
      if (existing.includes(undefined)) return 'absent';
      return units.every(({ text }, i) => text === existing[i]) ? 'installed' : 'outdated';
    },
  };
}
