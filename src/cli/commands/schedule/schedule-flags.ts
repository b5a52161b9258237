/** The load that a schedule starts, of the options of `xano schedule` and `xano serve`. */
import type { Command } from 'commander';
import type { ScheduledLoad } from '../../../schedule/scheduled-load.js';
import type { SchedulerName, System } from '../../../schedule/systems/scheduler.js';
import type { Context } from '../../context.js';
import type { PlaceFlags } from '../../input/place-options.js';
import type { ProjectFacts } from '../../input/project-options.js';

/** Options about times. */
export interface TimeFlags {
  readonly cron?: string;
  readonly timezone?: string;
  readonly jitter?: string;
  readonly name?: string;
  readonly to: string;
  readonly configDir?: string;
  readonly projectFacts?: ProjectFacts;
}

/** The options of `xano schedule`. */
export interface ScheduleFlags extends TimeFlags, PlaceFlags {
  readonly with?: SchedulerName;
  readonly json?: boolean;
  readonly color?: boolean;
}

/** Adds the times. */
export function withTimeOptions(command: Command): Command {
  return command
    .option('--cron <text>', 'load at these times: minute hour day month weekday')
    .option('--timezone <name>', "go by this time zone: Europe/Berlin (default: this computer's)")
    .option('--jitter <time>', 'delay each load by a random time up to this one: 90s, 5m');
}

/** Adds the name of a project. */
export function withName(command: Command): Command {
  return command.option(
    '--name <name>',
    'call it this among other schedules (default: that of the project or the folder)',
  );
}

/** The log of scheduled loads, in the folder of the project. */
const LOG = 'load.jsonl';

/**
 * The load of a project, or of the working directory. Throws USAGE for times that are not valid, and where
 * this program cannot be started again.
 */
export async function scheduledLoad(
  flags: TimeFlags,
  command: Command,
  { cwd, program }: Pick<Context, 'cwd' | 'program'>,
): Promise<ScheduledLoad> {
  const { XanoError } = await import('../../../index.js');
  const { scheduleOf } = await import('../../../schedule/schedule-schema.js');
  const { nameOfFolder } = await import('../../../schedule/scheduled-load.js');
  const { join } = await import('node:path');
  const { projectFacts } = flags;
  const folder = projectFacts?.folder ?? cwd;
  const { name = projectFacts?.name ?? nameOfFolder(folder) } = flags;
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/.test(name))
    throw new XanoError('USAGE', `--name is "${name}"; it takes letters, digits, - and _.`, {
      hint: 'Give such a name, with a letter or digit first.',
    });
  if (program === undefined)
    throw new XanoError('USAGE', 'xano cannot find the program that a scheduler should start.', {
      hint: 'Run xano from the command line.',
    });
  const to = command.getOptionValueSource('to') === 'cli' ? [`--to=${flags.to}`] : [];
  return {
    name,
    schedule: scheduleOf(flags, projectFacts?.schedule),
    folder,
    command: [...program, 'load', '--quiet', '--no-input', ...to, `--log-file=${join(folder, LOG)}`],
  };
}

/** The system that this program runs on. */
export async function systemOf({ env, home, uid }: Context): Promise<System> {
  const { platform } = await import('node:process');
  const { localTimezone } = await import('../../../schedule/cron-times.js');
  const { programRunner } = await import('../../../schedule/systems/run-program.js');
  return { run: programRunner(env), env, home, uid, platform, timezone: localTimezone() };
}
