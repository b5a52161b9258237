/** Installs a load as an agent of the user's launchd. */
import { join } from 'node:path';
import type { ScheduledLoad } from '../scheduled-load.js';
import { agentLabel, launchdAgent } from '../units/launchd.js';
import { xmlComment } from '../units/xml-text.js';
import { runSurely } from './run-program.js';
import type { Scheduler, System } from './scheduler.js';
import { assertOwnUnit, readUnit, removeUnit, writeUnits } from './unit-files.js';

/** Makes the scheduler. */
export function launchAgent({ run, home, uid, timezone }: System): Scheduler {
  const folder = join(home, 'Library', 'LaunchAgents');
  const domain = `gui/${uid ?? 0}`;
  const own = (load: ScheduledLoad): string | undefined => {
    const file = `${agentLabel(load.name)}.plist`;
    const existing = readUnit(folder, file);
    assertOwnUnit(existing, load, `The agent ${file}`, xmlComment);
    return existing;
  };
  // An agent that is not loaded is what is wanted.
  const unload = (name: string) => run('launchctl', ['bootout', `${domain}/${agentLabel(name)}`]);
  return {
    title: 'launchd',
    units: (load) => [launchdAgent(load, timezone)],
    install: async (load) => {
      const unit = launchdAgent(load, timezone);
      own(load);
      const hasChanged = writeUnits(folder, [unit]);
      await unload(load.name);
      await runSurely(run, 'launchctl', ['bootstrap', domain, join(folder, unit.file)]);
      return hasChanged;
    },
    remove: async (load) => {
      if (own(load) === undefined) return false;
      await unload(load.name);
      removeUnit(folder, `${agentLabel(load.name)}.plist`);
      return true;
    },
    state: async (load) => {
      const existing = own(load);
      if (existing === undefined) return 'absent';
      return existing === launchdAgent(load, timezone).text ? 'installed' : 'outdated';
    },
  };
}
