/** The task of a load for the Task Scheduler of Windows, as `schtasks /Create /XML` reads it. */
import { XanoError } from '../../errors.js';
import { type CronFields, cronFields, dayRules, timesOfDay } from '../cron-fields.js';
import {
  assertLocalTimezone,
  assertPlainPaths,
  ownerLine,
  type ScheduledLoad,
  type Unit,
} from '../scheduled-load.js';
import { xmlText } from './xml-text.js';

/** The most triggers of a task. */
const MOST_TRIGGERS = 48;

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** The name of a load's task, in a folder of its own. */
export const taskName = (name: string): string => `\\xano\\${name}`;

/**
 * Makes the task. `local` is the time zone of this computer. Throws USAGE for a schedule or path that the
 * Task
 * Scheduler cannot express.
 */
export function scheduledTask(load: ScheduledLoad, local: string): Unit {
  assertPlainPaths(load);
  const { name, schedule, folder, command } = load;
  assertLocalTimezone(schedule, local, 'The Task Scheduler');
  const triggers = triggersOf(cronFields(schedule.cron, 'The Task Scheduler'), schedule.jitter_ms);
  if (triggers.length > MOST_TRIGGERS)
    throw new XanoError(
      'USAGE',
      `The Task Scheduler would need ${triggers.length} triggers for "${schedule.cron}"; it takes ${MOST_TRIGGERS}.`,
      { hint: 'Choose fewer times, or times at equal intervals: */20 * * * *.' },
    );
  const [program = '', ...words] = command;
  // The order of elements is that of the schema.
  const text = [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo>',
    `    <Description>${xmlText(ownerLine(load))}</Description>`,
    `    <URI>${xmlText(taskName(name))}</URI>`,
    '  </RegistrationInfo>',
    '  <Triggers>',
    ...triggers,
    '  </Triggers>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <StartWhenAvailable>true</StartWhenAvailable>',
    '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '  </Settings>',
    '  <Actions>',
    '    <Exec>',
    `      <Command>${xmlText(program)}</Command>`,
    `      <Arguments>${xmlText(words.map(windowsWord).join(' '))}</Arguments>`,
    `      <WorkingDirectory>${xmlText(folder)}</WorkingDirectory>`,
    '    </Exec>',
    '  </Actions>',
    '</Task>',
    '',
  ];
  return { file: `xano-${name}.xml`, text: text.join('\r\n') };
}

/** A trigger for each kind of day and each time of a day, or one that repeats itself at equal intervals. */
function triggersOf(fields: CronFields, jitter_ms: number): string[] {
  const times = timesOfDay(fields);
  const every = equalMinutes(times);
  const starts = every === undefined ? times : times.slice(0, 1);
  return dayRules(fields).flatMap((rule) =>
    starts.map(([hour, minute]) => {
      const two = (value: number): string => String(value).padStart(2, '0');
      return [
        '    <CalendarTrigger>',
        ...(every === undefined
          ? []
          : [`      <Repetition><Interval>PT${every}M</Interval><Duration>P1D</Duration></Repetition>`]),
        // Any day in the past: the time of day counts.
        `      <StartBoundary>2026-01-01T${two(hour)}:${two(minute)}:00</StartBoundary>`,
        '      <Enabled>true</Enabled>',
        ...(jitter_ms === 0 ? [] : [`      <RandomDelay>PT${Math.ceil(jitter_ms / 1000)}S</RandomDelay>`]),
        `      ${daysOf(fields.months, rule)}`,
        '    </CalendarTrigger>',
      ].join('\r\n');
    }),
  );
}

/** The minutes between two runs where these are the same around the clock, and more than one. */
function equalMinutes(times: readonly (readonly [number, number])[]): number | undefined {
  const at = times.map(([hour, minute]) => hour * 60 + minute);
  const [first = 0, second] = at;
  if (second === undefined) return undefined;
  const every = second - first;
  const isEqual = at.every((minute, i) => minute === first + i * every) && at.length * every === 1440;
  return isEqual ? every : undefined;
}

function daysOf(
  months: CronFields['months'],
  { days, weekdays }: Pick<CronFields, 'days' | 'weekdays'>,
): string {
  const of = (element: string, names: readonly string[]): string =>
    `<${element}>${names.map((name) => `<${name} />`).join('')}</${element}>`;
  const inMonths = of(
    'Months',
    (months ?? MONTHS.map((_, i) => i + 1)).map((month) => MONTHS[month - 1]!),
  );
  const week = of(
    'DaysOfWeek',
    (weekdays ?? []).map((day) => WEEKDAYS[day]!),
  );
  if (weekdays !== null)
    return months === null
      ? `<ScheduleByWeek>${week}<WeeksInterval>1</WeeksInterval></ScheduleByWeek>`
      : `<ScheduleByMonthDayOfWeek><Weeks>${['1', '2', '3', '4', 'Last'].map((one) => `<Week>${one}</Week>`).join('')}</Weeks>${week}${inMonths}</ScheduleByMonthDayOfWeek>`;
  if (days === null && months === null)
    return '<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>';
  const each = days ?? Array.from({ length: 31 }, (_, i) => i + 1);
  return `<ScheduleByMonth><DaysOfMonth>${each.map((day) => `<Day>${day}</Day>`).join('')}</DaysOfMonth>${inMonths}</ScheduleByMonth>`;
}

/** A word of a command line as programs of Windows split it: backslashes count before quotes only. */
function windowsWord(word: string): string {
  if (/^[^\s"]+$/.test(word)) return word;
  let quoted = '';
  let backslashes = 0;
  for (const character of word) {
    if (character === '\\') backslashes++;
    else {
      quoted += '\\'.repeat(character === '"' ? backslashes * 2 + 1 : backslashes) + character;
      backslashes = 0;
    }
  }
  return `"${quoted}${'\\'.repeat(backslashes * 2)}"`;
}
