/** Files for the schedulers of systems. Pure. */
import { posix } from 'node:path';
import type { ScheduledLoad, Unit } from '../../schedule/scheduled-load.js';
import { crontabLines } from '../../schedule/units/crontab.js';
import { agentLabel, launchdAgent } from '../../schedule/units/launchd.js';
import { systemdUnits } from '../../schedule/units/systemd.js';
import { scheduledTask, taskName } from '../../schedule/units/task-scheduler.js';
import type { TIMERS } from './parts.js';
import type { ProjectFacts } from './project-facts.js';

/** The folder of these files. */
const FOLDER = 'deploy';

/** A file with its path below the project. */
export interface TimerFile {
  readonly file: string;
  readonly text: string;
}

/** The files of a scheduler. Throws USAGE for a schedule that it cannot express. */
export function timerFiles(timer: (typeof TIMERS)[number], facts: ProjectFacts): TimerFile[] {
  const load: ScheduledLoad = {
    name: facts.name,
    schedule: facts.schedule,
    folder: facts.folder,
    command: [
      ...facts.program,
      'load',
      '--quiet',
      '--no-input',
      `--log-file=${posix.join(facts.folder, 'load.jsonl')}`,
    ],
  };
  return MAKERS[timer](load, facts.timezone);
}

const placed = ({ file, text }: Unit): TimerFile => ({ file: `${FOLDER}/${file}`, text });

/** How each is made. Its first comment says how the system gets it. */
const MAKERS: Readonly<
  Record<(typeof TIMERS)[number], (load: ScheduledLoad, timezone: string) => TimerFile[]>
> = {
  systemd: (load) =>
    systemdUnits(load).map(({ file, text }) =>
      placed({
        file,
        text: `# Copy both units to ~/.config/systemd/user, then: systemctl --user enable --now xano-${load.name}.timer\n${text}`,
      }),
    ),
  launchd: (load, timezone) => {
    const { file, text } = launchdAgent(load, timezone);
    const comment = `<!-- Copy this to ~/Library/LaunchAgents, then: launchctl bootstrap gui/$UID ~/Library/LaunchAgents/${agentLabel(load.name)}.plist -->`;
    return [placed({ file, text: text.replace('<plist ', `${comment}\n<plist `) })];
  },
  cron: (load, timezone) => {
    const { file, text } = crontabLines(load, timezone);
    return [placed({ file, text: `# Add these lines with crontab -e.\n${text}` })];
  },
  'task-scheduler': (load, timezone) => {
    const { file, text } = scheduledTask(load, timezone);
    const comment = `<!-- In a terminal of Windows: schtasks /Create /TN ${taskName(load.name)} /XML deploy\\${file} -->`;
    // The file is UTF-8, as every other one.
    const utf8 = text.replace('encoding="UTF-16"?>', `encoding="UTF-8"?>\r\n${comment}`);
    return [placed({ file, text: utf8 })];
  },
};
