/** The agent of a load for launchd (launchd.plist(5)). */
import { XanoError } from '../../errors.js';
import { type CronFields, cronFields, dayRules } from '../cron-fields.js';
import {
  assertLocalTimezone,
  assertPlainPaths,
  ownerLine,
  type ScheduledLoad,
  shellLine,
  type Unit,
} from '../scheduled-load.js';
import { xmlComment, xmlText } from './xml-text.js';

/** The most times that an agent lists: launchd has no ranges and steps. */
const MOST_TIMES = 1000;

/** The label of a load's agent. */
export const agentLabel = (name: string): string => `com.xano-connector.${name}`;

/**
 * Makes the agent. `local` is the time zone of this computer. Throws USAGE for a schedule or path that
 * launchd cannot express.
 */
export function launchdAgent(load: ScheduledLoad, local: string): Unit {
  assertPlainPaths(load);
  const { name, schedule, folder } = load;
  assertLocalTimezone(schedule, local, 'launchd');
  const times = intervalsOf(cronFields(schedule.cron, 'launchd'));
  if (times.length > MOST_TIMES)
    throw new XanoError('USAGE', `launchd would need ${times.length} times for "${schedule.cron}".`, {
      hint: 'Choose fewer times, or run `xano serve`.',
    });
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<!-- ${xmlComment(ownerLine(load))} -->`,
    '<plist version="1.0">',
    '<dict>',
    `  <key>Label</key><string>${agentLabel(name)}</string>`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...['/bin/sh', '-c', shellLine(load)].map((word) => `    <string>${xmlText(word)}</string>`),
    '  </array>',
    `  <key>StandardErrorPath</key><string>${xmlText(`${folder}/load.err`)}</string>`,
    '  <key>StartCalendarInterval</key>',
    '  <array>',
    ...times.map((time) => `    <dict>${entries(time)}</dict>`),
    '  </array>',
    '</dict>',
    '</plist>',
    '',
  ];
  return { file: `${agentLabel(name)}.plist`, text: text.join('\n') };
}

type Interval = Readonly<Partial<Record<'Minute' | 'Hour' | 'Day' | 'Month' | 'Weekday', number>>>;

const entries = (time: Interval): string =>
  Object.entries(time)
    .map(([key, value]) => `<key>${key}</key><integer>${value}</integer>`)
    .join('');

/** Every combination of values; a key that is missing is every value. */
function intervalsOf(fields: CronFields): Interval[] {
  return dayRules(fields).flatMap(({ days, weekdays }) => {
    const keys = [
      ['Month', fields.months],
      ['Day', days],
      ['Weekday', weekdays],
      ['Hour', fields.hours],
      ['Minute', fields.minutes],
    ] as const;
    return keys.reduce<Interval[]>(
      (all, [key, values]) =>
        values === null ? all : all.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
      [{}],
    );
  });
}
