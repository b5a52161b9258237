/**
 * `xano schedule`: lets the system start loads, and compares its plan with the loads there are.
 * In: times, and the project in the working directory.
 * Out: units of the scheduler that this computer has; the next and the missed times.
 */
import { Command, Option } from 'commander';
import { SCHEDULERS, type Scheduler } from '../../../schedule/systems/scheduler.js';
import type { Context, Finish } from '../../context.js';
import { withOutputOptions } from '../../input/options.js';
import { withPlaceOptions } from '../../input/place-options.js';
import { withProjectOption } from '../../input/project-options.js';
import { HEADINGS, type Manual, withManual } from '../../output/help.js';
import { type ScheduleFlags, scheduledLoad, systemOf, withName, withTimeOptions } from './schedule-flags.js';

const MANUALS = {
  install: {
    about:
      'Takes the scheduler that this computer has: the Task Scheduler of Windows, launchd of macOS, elsewhere systemd of the user, else cron. It runs `xano load` in the folder of the project, with the variables of its file .env or the stored login. Running it twice changes nothing.',
    examples: [
      ['xano schedule install', 'at the times of `schedule` in xano.yaml'],
      ['xano schedule install --cron "15 3 * * *"', 'load each day at 03:15'],
      ['xano schedule install --cron "0 * * * *" --jitter 5m --with cron', 'each hour, with cron'],
    ],
    statuses: '0 done, 2 usage, or the scheduler refused, 6 a file could not be written',
  },
  print: {
    examples: [['xano schedule print --cron "15 3 * * *" --with systemd', 'print the units']],
    statuses: '0 done, 2 usage',
  },
  status: {
    about:
      'A planned load is done when a load started between its time and the next one, and missed otherwise. It looks seven days back, and not before the schedule was installed.',
    examples: [
      ['xano schedule status', 'the next three times, the last load, missed ones'],
      ["xano schedule status --json | jq '.missed'", 'for programs'],
    ],
    statuses: '0 no load was missed, 2 usage, 6 the file, 7 one was missed',
  },
  remove: {
    examples: [['xano schedule remove', 'no load starts any more']],
    statuses: '0 done, also where there was nothing, 2 the scheduler refused',
  },
} as const satisfies Record<string, Manual>;

/** Makes `xano schedule`. */
export function scheduleCommand(context: Context, finish: Finish): Command {
  const group = new Command('schedule')
    .description('let this computer load regularly, and name missed loads')
    .helpCommand('help [command]', 'print help for a command');
  const add = (
    name: keyof typeof MANUALS,
    summary: string,
    work: (flags: ScheduleFlags, command: Command) => Promise<number>,
  ): void => {
    const command = new Command(name).description(summary);
    withProjectOption(command.optionsGroup(HEADINGS.source))
      .optionsGroup(HEADINGS.destination)
      .option('--to <destination>', 'load into this destination, or look for loads there', 'xano.duckdb');
    withTimeOptions(withPlaceOptions(command).optionsGroup(HEADINGS.run));
    withName(command).addOption(
      new Option('--with <scheduler>', 'use this one (default: the one that this computer has)').choices(
        SCHEDULERS,
      ),
    );
    command
      .optionsGroup(HEADINGS.token)
      .option('--config-dir <folder>', 'keep settings in this folder (XANO_CONFIG_DIR)');
    if (name === 'status') command.optionsGroup(HEADINGS.output).option('--json', 'print one JSON object');
    command.action(async (flags: ScheduleFlags) => finish(await work(flags, command)));
    group.addCommand(withManual(withOutputOptions(command, 'show the cause of an error'), MANUALS[name]));
  };
  add('install', 'set up the load of this folder in the scheduler', (flags, command) =>
    install(flags, command, context),
  );
  add('print', 'print what install would set up; change nothing', (flags, command) =>
    print(flags, command, context),
  );
  add('status', 'show the next times, the last load, and loads that were missed', async (flags, command) => {
    const { scheduleStatus } = await import('./schedule-status.js');
    return scheduleStatus(flags, command, context);
  });
  add('remove', 'take the load of this folder out of the scheduler', (flags, command) =>
    remove(flags, command, context),
  );
  return withManual(group, {
    examples: [['xano schedule status', 'the next three times, and missed loads']],
  });
}

/** The scheduler that is named, else the one that this computer has, and how it was chosen. */
async function chosen(
  flags: ScheduleFlags,
  context: Context,
): Promise<{ scheduler: Scheduler; how: string }> {
  const { findScheduler, schedulerOf } = await import('../../../schedule/systems/schedulers.js');
  const system = await systemOf(context);
  const name = flags.with ?? (await findScheduler(system));
  return {
    scheduler: schedulerOf(name, system),
    how: flags.with === undefined ? 'which this computer has' : 'as --with says',
  };
}

async function install(flags: ScheduleFlags, command: Command, context: Context): Promise<number> {
  const { createPrinter } = await import('../../output/output.js');
  const { momentIn, timesAfter } = await import('../../../schedule/cron-times.js');
  const { noteSchedule } = await import('../../../schedule/schedule-since.js');
  const { stateFolder } = await import('../../../session/state-file.js');
  const printer = createPrinter(context, flags.color !== false);
  const load = await scheduledLoad(flags, command, context);
  const { scheduler, how } = await chosen(flags, context);
  const isNew = await scheduler.install(load);
  noteSchedule(stateFolder(flags, context), load, context.now());
  printer.result(
    `${isNew ? 'Installed' : 'Unchanged'}: ${scheduler.title}, ${how}, loads ${load.name} at "${load.schedule.cron}".`,
  );
  const next = timesAfter(load.schedule, context.now(), 3).map((at) => momentIn(load.schedule, at));
  printer.result(`Next: ${next.join(', ')}.`);
  for (const line of await remarks(scheduler.title, load.command, context)) printer.note(line);
  return 0;
}

/** What a person should know of a scheduler. */
async function remarks(title: string, command: readonly string[], { env }: Context): Promise<string[]> {
  const { existsSync } = await import('node:fs');
  const { join } = await import('node:path');
  const user = env['USER'] ?? env['LOGNAME'] ?? '';
  const lingers = user !== '' && existsSync(join('/var/lib/systemd/linger', user));
  const { sep } = await import('node:path');
  return [
    title === 'the Task Scheduler'
      ? 'Loads use the stored login (`xano auth login`), or variables of your account; a file .env is not read.'
      : 'Loads use the variables of the file .env in this folder, or the stored login (`xano auth login`).',
    ...(title === 'systemd' && !lingers
      ? [`systemd runs timers of a user who is logged in; \`loginctl enable-linger\` runs them always.`]
      : []),
    ...(command.some((word) => word.includes(`${sep}_npx${sep}`))
      ? [
          'npx keeps this program in a cache that may be emptied: install xano-connector, then run this again.',
        ]
      : []),
  ];
}

async function print(flags: ScheduleFlags, command: Command, context: Context): Promise<number> {
  const { createPrinter } = await import('../../output/output.js');
  const printer = createPrinter(context, flags.color !== false);
  const load = await scheduledLoad(flags, command, context);
  const { scheduler } = await chosen(flags, context);
  const units = scheduler.units(load);
  for (const [i, { file, text }] of units.entries()) {
    if (i > 0) printer.verbatim('');
    printer.note(`For ${scheduler.title}: ${file}`);
    printer.verbatim(text.replaceAll('\r\n', '\n').replace(/\n$/, ''));
  }
  return 0;
}

async function remove(flags: ScheduleFlags, command: Command, context: Context): Promise<number> {
  const { createPrinter } = await import('../../output/output.js');
  const printer = createPrinter(context, flags.color !== false);
  // The times do not matter: it is found by its name.
  const load = await scheduledLoad({ cron: '0 0 1 1 *', ...flags }, command, context);
  const { scheduler } = await chosen(flags, context);
  const was = await scheduler.remove(load);
  printer.result(
    was
      ? `Removed: ${scheduler.title} does not load ${load.name} any more.`
      : `${scheduler.title} has no load ${load.name}; nothing was changed.`,
  );
  return 0;
}
