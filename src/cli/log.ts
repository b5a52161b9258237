/** What a load says as JSON, an event a line: for programs that watch it. */
import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs';
import type { ErrorReport, LoadEvent } from '../index.js';
import type { Context } from './context.js';
import { fileTrouble, otherFile } from './file-trouble.js';
import type { Printer } from './output.js';
import { printableJson } from './text.js';

/** One line of the log, but for its time: an event of the load, something said beside it, or why it could not even begin. */
export type LogEntry =
  | LoadEvent
  | { readonly type: 'note' | 'warning'; readonly message: string }
  | { readonly type: 'error'; readonly error: ErrorReport };

/** Where the lines go: a file, or stderr where none is named. */
export interface LogPlace {
  readonly file: string | undefined;
}

/** An open log. */
export interface Log {
  /** Stderr holds nothing but the log's lines. */
  readonly on_stderr: boolean;
  readonly write: (entry: LogEntry) => void;
  readonly close: () => void;
}

/** Where a load logs to by its flags; undefined without a log. */
export function logPlace(flags: { readonly log?: 'json'; readonly logFile?: string }): LogPlace | undefined {
  return flags.log === undefined && flags.logFile === undefined ? undefined : { file: flags.logFile };
}

/** The same of words that could not be understood as a whole: their mistake belongs into the log, too. */
export function logPlaceOf(argv: readonly string[]): LogPlace | undefined {
  if (argv[0] !== 'load') return undefined;
  const valueAfter = (flag: string): string | undefined => {
    const at = argv.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
    return at < 0 ? undefined : argv[at] === flag ? argv[at + 1] : argv[at]!.slice(flag.length + 1);
  };
  const file = valueAfter('--log-file');
  return file === undefined && valueAfter('--log') !== 'json' ? undefined : { file };
}

/** Opens the log. Throws USAGE for a file that cannot be written. */
export async function openLog(place: LogPlace, context: Context, on_broken: () => void): Promise<Log> {
  const { file } = place;
  if (file === undefined)
    return {
      on_stderr: true,
      write: (entry) => context.stderr.stream.write(lineOf(entry, context)),
      close: () => {},
    };
  let descriptor: number | undefined = await opened(file);
  return {
    on_stderr: false,
    write: (entry) => {
      if (descriptor === undefined) return;
      try {
        writeSync(descriptor, lineOf(entry, context));
      } catch {
        // A full disk is no reason to stop a load that goes somewhere else.
        closeSync(descriptor);
        descriptor = undefined;
        on_broken();
      }
    },
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

async function opened(file: string): Promise<number> {
  try {
    return openSync(file, 'a');
  } catch (cause) {
    const { XanoError } = await import('../index.js');
    throw new XanoError('USAGE', fileTrouble(file, 'written', cause), {
      hint: otherFile('--log-file', cause),
      cause,
    });
  }
}

/** Writes the one line of a load that ended with an error instead of a report. */
export function logError(place: LogPlace, error: ErrorReport, context: Context): void {
  const line = lineOf({ type: 'error', error }, context);
  if (place.file === undefined) {
    context.stderr.stream.write(line);
    return;
  }
  try {
    appendFileSync(place.file, line);
  } catch {
    // That the file cannot be written may be the very error; it is on stderr, too.
  }
}

/** A printer whose notes and warnings are lines of the log: instead of stderr, or beside it. */
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
