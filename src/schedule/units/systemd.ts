/**
 * The service and the timer of a load for systemd, as a user has them (systemd.service(5), systemd.time(7)).
 */
import { type CronFields, cronFields, dayRules } from '../cron-fields.js';
import { assertPlainPaths, ownerLine, type ScheduledLoad, type Unit } from '../scheduled-load.js';

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Makes the service and the timer. Throws USAGE for a schedule or path that systemd cannot express. */
export function systemdUnits(load: ScheduledLoad): readonly [service: Unit, timer: Unit] {
  assertPlainPaths(load);
  const { name, schedule, folder, command } = load;
  const { cron, timezone, jitter_ms } = schedule;
  const service = [
    `# ${ownerLine(load)}`,
    '[Unit]',
    `Description=Load the project ${name} from Xano`,
    '',
    '[Service]',
    'Type=oneshot',
    `WorkingDirectory=${specifiersEscaped(folder)}`,
    '# Tokens and addresses are in this file or in the stored login, never here.',
    `EnvironmentFile=-${specifiersEscaped(folder)}/.env`,
    `ExecStart=${command.map(execWord).join(' ')}`,
    '# SIGTERM is a clean stop: xano keeps what it has read.',
    'TimeoutStopSec=60',
    '',
  ];
  const timer = [
    `# ${ownerLine(load)}`,
    '[Unit]',
    `Description=Load the project ${name} from Xano (${cron})`,
    '',
    '[Timer]',
    ...calendarsOf(cronFields(cron, 'systemd'), timezone).map((calendar) => `OnCalendar=${calendar}`),
    'AccuracySec=1s',
    ...(jitter_ms === 0 ? [] : [`RandomizedDelaySec=${jitter_ms / 1000}s`]),
    '# A time that passed while the computer was off is made up for.',
    'Persistent=true',
    '',
    '[Install]',
    'WantedBy=timers.target',
    '',
  ];
  return [
    { file: `xano-${name}.service`, text: service.join('\n') },
    { file: `xano-${name}.timer`, text: timer.join('\n') },
  ];
}

/**
 * The calendar expressions of a schedule: two where cron runs on days of the month and on days of the week.
 */
function calendarsOf(fields: CronFields, timezone: string | null): string[] {
  const two = (values: readonly number[] | null): string =>
    values === null ? '*' : values.map((value) => String(value).padStart(2, '0')).join(',');
  return dayRules(fields).map(({ days, weekdays }) => {
    const week = weekdays === null ? '' : `${weekdays.map((day) => WEEKDAYS[day]).join(',')} `;
    const zone = timezone === null ? '' : ` ${timezone}`;
    return `${week}*-${two(fields.months)}-${two(days)} ${two(fields.hours)}:${two(fields.minutes)}:00${zone}`;
  });
}

/** systemd reads `%` as the start of a specifier. */
const specifiersEscaped = (text: string): string => text.replaceAll('%', '%%');

/** A word of a command line: in quotes, without variables and specifiers. */
const execWord = (word: string): string =>
  `"${specifiersEscaped(word).replaceAll('$', '$$$$').replace(/["\\]/g, '\\$&')}"`;
