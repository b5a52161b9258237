/** The log of a load as JSON, an event a line: for programs that watch it. */
import { appendFileSync, closeSync, lstatSync, openSync, writeSync } from 'node:fs';
import { printableJson } from '../../../hidden-characters.js';
import type { ErrorReport, LoadEvent } from '../../../index.js';
import { fileTrouble, isFull, otherFile } from '../../../session/file-failures.js';
import type { Context } from '../../context.js';
import { homePath } from '../../input/home-path.js';
import type { Printer } from '../../output/output.js';

/**
 * One line of the log without its time: an event of the load, a note beside it, or the error that prevented
 * it.
 */
export type LogEntry = (
  | LoadEvent
  | { readonly type: 'note' | 'warning'; readonly message: string }
  | { readonly type: 'error'; readonly error: ErrorReport }
) & {
  /** The dataset of the workspace, where a load has several. */
  readonly workspace?: string;
};

/** The target of the lines: a file, or stderr without a name. */
export interface LogPlace {
  readonly file: string | undefined;
}

/** An open log. */
export interface Log {
  /** Stderr contains only the log's lines. */
  readonly on_stderr: boolean;
  readonly write: (entry: LogEntry) => void;
  readonly close: () => void;
}

/** The log's target by the flags of a load; undefined without a log. */
export function logPlace(flags: { readonly log?: 'json'; readonly logFile?: string }): LogPlace | undefined {
  return flags.log === undefined && flags.logFile === undefined ? undefined : { file: flags.logFile };
}

/** The same for arguments that commander refused: their mistake also belongs into the log. */
export function logPlaceOf(context: Pick<Context, 'argv' | 'home'>): LogPlace | undefined {
  const { argv } = context;
  if (argv[0] !== 'load') return undefined;
  const valueAfter = (flag: string): string | undefined => {
    const at = argv.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
    return at < 0 ? undefined : argv[at] === flag ? argv[at + 1] : argv[at]!.slice(flag.length + 1);
  };
  const given = valueAfter('--log-file');
  const file = given === undefined ? undefined : homePath(given, context);
  return file === undefined && valueAfter('--log') !== 'json' ? undefined : { file };
}

/** Opens the log. Throws USAGE for a file that cannot be written. */
export async function openLog(
  target: LogPlace,
  context: Context,
  on_broken: (reason: string) => void,
): Promise<Log> {
  const { file } = target;
  if (file === undefined)
    return {
      on_stderr: true,
      write: (entry) => context.stderr.stream.write(lineOf(entry, context)),
      close: () => {},
    };
  let descriptor: number | undefined;
  const close = (): void => {
    const open = descriptor;
    descriptor = undefined;
    try {
      if (open !== undefined) closeSync(open);
    } catch {
      // Some file systems report a full disk only at the end. The load matters more than its log.
    }
  };
  try {
    descriptor = openSync(assertedPlain(file), 'a');
  } catch (cause) {
    // A full disk does not stop a load whose target may be on another disk.
    if (!isFull(cause)) throw await notWritable(file, cause);
    on_broken(fileTrouble(file, 'written', cause));
  }
  return {
    on_stderr: false,
    write: (entry) => {
      if (descriptor === undefined) return;
      try {
        writeAll(descriptor, Buffer.from(lineOf(entry, context)));
      } catch (cause) {
        close();
        on_broken(fileTrouble(file, 'written', cause));
      }
    },
    close,
  };
}

/** A disk may accept a part of a line; the next write then reports that it is full. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

/**
 * A path that is not a link: another user of the folder could redirect the log into any file. Links of the
 * system are allowed.
 */
function assertedPlain(file: string): string {
  if (!/^\/(dev|proc)\//.test(file) && lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    throw new Error('it is a symbolic link; xano appends only to regular files');
  return file;
}

async function notWritable(file: string, cause: unknown): Promise<Error> {
  const { XanoError } = await import('../../../index.js');
  return new XanoError('USAGE', fileTrouble(file, 'written', cause), {
    hint: otherFile('--log-file', cause),
    cause,
  });
}

/** Writes the one line of a load that ended with an error instead of a report. */
export function logError(target: LogPlace, error: ErrorReport, context: Context): void {
  const line = lineOf({ type: 'error', error }, context);
  if (target.file === undefined) {
    context.stderr.stream.write(line);
    return;
  }
  try {
    appendFileSync(assertedPlain(target.file), line);
  } catch {
    // The unwritable file may be the error itself; stderr shows it as well.
  }
}

/** A printer whose notes and warnings are lines of the log: instead of stderr, or in addition. */
export function loggingPrinter(printer: Printer, log: Log | undefined): Printer {
  if (log === undefined) return printer;
  const both =
    (type: 'note' | 'warning', say: (line: string) => void) =>
    (...lines: readonly string[]): void => {
      for (const message of lines) {
        log.write({ type, message });
        if (!log.on_stderr) say(message);
      }
    };
  return {
    ...printer,
    detail: both('note', printer.detail),
    note: both('note', printer.note),
    warn: both('warning', printer.warn),
  };
}

const lineOf = (entry: LogEntry, context: Context): string =>
  `${printableJson(JSON.stringify({ at: new Date(context.now()).toISOString(), ...entry }))}\n`;
