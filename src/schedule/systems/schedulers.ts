/** The schedulers of a system, and the one that it has. */
import { XanoError } from '../../errors.js';
import { launchAgent } from './launch-agent.js';
import { SCHEDULERS, type Scheduler, type SchedulerName, type System } from './scheduler.js';
import { systemdTimer } from './systemd-timer.js';
import { userCrontab } from './user-crontab.js';
import { windowsTask } from './windows-task.js';

const MAKERS: Readonly<Record<SchedulerName, (system: System) => Scheduler>> = {
  systemd: systemdTimer,
  launchd: launchAgent,
  cron: userCrontab,
  'task-scheduler': windowsTask,
};

/** Makes the scheduler of a name. */
export function schedulerOf(name: SchedulerName, system: System): Scheduler {
  return MAKERS[name](system);
}

/**
 * The scheduler that a system has: the Task Scheduler of Windows, launchd of macOS, elsewhere systemd where
 * the user has one, else cron. Throws USAGE where there is none.
 */
export async function findScheduler({ run, platform }: System): Promise<SchedulerName> {
  if (platform === 'win32') return 'task-scheduler';
  if (platform === 'darwin') return 'launchd';
  // A container, or a login without a session, has the program and no systemd of the user.
  if ((await run('systemctl', ['--user', 'show-environment']))?.status === 0) return 'systemd';
  if ((await run('crontab', ['-l'])) !== undefined) return 'cron';
  throw new XanoError('USAGE', "This computer has neither systemd for users nor cron's crontab.", {
    hint: `Run \`xano serve\`, or print the files of one: xano schedule print --with ${SCHEDULERS.join('|')}.`,
  });
}
