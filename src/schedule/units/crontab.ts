/** The lines of a load in a crontab, between two markers (crontab(5)). */
import { XanoError } from '../../errors.js';
import { cronFields } from '../cron-fields.js';
import {
  assertLocalTimezone,
  assertPlainPaths,
  ownerLine,
  type ScheduledLoad,
  shellLine,
  type Unit,
} from '../scheduled-load.js';

/** Vixie cron reads no longer command. */
const LONGEST_COMMAND = 990;

const beginOf = (name: string): string => `# BEGIN xano ${name}`;
const endOf = (name: string): string => `# END xano ${name}`;

/**
 * Makes the lines. `local` is the time zone of this computer. Throws USAGE for a schedule or path that cron
 * cannot express.
 */
export function crontabLines(load: ScheduledLoad, local: string): Unit {
  assertPlainPaths(load);
  const { name, schedule } = load;
  assertLocalTimezone(schedule, local, 'cron');
  // Throws for what cron does not know.
  cronFields(schedule.cron, 'cron');
  assertSameDays(schedule.cron);
  // Cron ends a command at %, and hands the rest over as input.
  const command = shellLine(load).replaceAll('%', '\\%');
  if (Buffer.byteLength(command) > LONGEST_COMMAND)
    throw new XanoError('USAGE', `The line for cron would have more than ${LONGEST_COMMAND} bytes.`, {
      hint: 'Move the project to a folder with a shorter path, or use --with systemd.',
    });
  const lines = [
    beginOf(name),
    `# ${ownerLine(load)}`,
    `${schedule.cron.replaceAll('?', '*')} ${command}`,
    endOf(name),
    '',
  ];
  return { file: 'crontab', text: lines.join('\n') };
}

/**
 * Cron takes a field that begins with a star for "every day", even with a step; then it runs on days that
 * meet both fields, and xano on days that meet one of them.
 */
function assertSameDays(cron: string): void {
  const [, , day = '', , weekday = ''] = cron.split(' ');
  const isStep = (field: string): boolean => /^[*?]./.test(field);
  const isAny = (field: string): boolean => field === '*' || field === '?';
  if (!(isStep(day) && !isAny(weekday)) && !(isStep(weekday) && !isAny(day))) return;
  throw new XanoError('USAGE', `cron reads the days of "${cron}" differently from one system to another.`, {
    hint: `Name the days: 1-31/2 instead of */2.`,
  });
}

/** The bytes of a text, one character each, so that lines of others stay as they are in any encoding. */
const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** The lines of a load in a crontab, with their markers; undefined where it has none. Both are bytes. */
export function linesIn(crontab: string, name: string): string | undefined {
  const at = placeOf(crontab, name);
  return at === undefined ? undefined : crontab.slice(at.from, at.to);
}

/** A crontab with the lines of a load, in the place of former ones. Other lines stay byte for byte. */
export function withLines(crontab: string, name: string, lines: string): string {
  const at = placeOf(crontab, name);
  if (at !== undefined) return crontab.slice(0, at.from) + bytesOf(lines) + crontab.slice(at.to);
  const gap = crontab === '' || crontab.endsWith('\n') ? '' : '\n';
  return crontab + gap + bytesOf(lines);
}

/** A crontab without the lines of a load. Other lines stay byte for byte. */
export function withoutLines(crontab: string, name: string): string {
  const at = placeOf(crontab, name);
  return at === undefined ? crontab : crontab.slice(0, at.from) + crontab.slice(at.to);
}

/**
 * From the begin of the first marker to the line behind the second one. A lone marker is somebody's comment.
 */
function placeOf(crontab: string, name: string): { readonly from: number; readonly to: number } | undefined {
  let from: number | undefined;
  let at = 0;
  for (const line of crontab.split(/(?<=\n)/)) {
    const text = line.trimEnd();
    if (text === beginOf(name)) from = at;
    at += line.length;
    if (text === endOf(name) && from !== undefined) return { from, to: at };
  }
  return undefined;
}
