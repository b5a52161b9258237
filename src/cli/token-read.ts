/** Reads a token out of a file, or asks a program for it. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { XanoError } from '../index.js';
import { fileText, notText } from './file-text.js';

/** Where a token is to be had, and whether another one may be there later. */
export interface Given {
  readonly source: string;
  readonly read: () => string;
  readonly changes: boolean;
}

/** How long a program may take to print a token: somebody may have to touch a key first. */
const COMMAND_MS = 120_000;

/** Bytes of a file or an output that is read for a token: far more than a token has, far less than would be waited for. */
const LONGEST_BYTES = 65_536;

/** A file that holds a token. */
export function fromFile(source: string, file: string): Given {
  const read = (): string => {
    let bytes: Uint8Array;
    try {
      bytes = readSome(file);
    } catch (cause) {
      throw new XanoError('TOKEN_MISSING', `The token file ${file} cannot be read.`, {
        hint: `Name a file with the token in it with ${source}.`,
        cause,
      });
    }
    const read = fileText(bytes);
    if (read === undefined)
      throw new XanoError('TOKEN_REJECTED', `The token from ${source} is malformed: ${notText(file)}`, {
        hint: 'Save it as UTF-8, with the token alone in it.',
      });
    return read.text;
  };
  return { source, read, changes: true };
}

/** The beginning of a file, which may as well be a pipe that a shell opened. */
function readSome(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(LONGEST_BYTES);
    let at = 0;
    for (let read = -1; read !== 0 && at < bytes.length; at += read)
      read = readSync(descriptor, bytes, at, bytes.length - at, null);
    return bytes.subarray(0, at);
  } finally {
    closeSync(descriptor);
  }
}

/** A program that prints a token. Throws USAGE for none. */
export function fromCommand(source: string, command: string): Given {
  if (command.trim() === '')
    throw new XanoError('USAGE', `${source} names no program.`, {
      hint: 'Give the command that prints the token.',
    });
  const read = (): string => {
    // What it asks of the user goes to the terminal; only its output is ours.
    const { status, stdout, error } = spawnSync(command, {
      shell: true,
      timeout: COMMAND_MS,
      maxBuffer: LONGEST_BYTES,
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    // Programs of Windows may print UTF-16.
    const printed = fileText(stdout ?? Buffer.alloc(0))?.text ?? '';
    const wrong =
      error !== undefined
        ? 'it could not be run, took too long, or printed far more than a token'
        : status !== 0
          ? `it ended with status ${status}`
          : printed.trim() === ''
            ? 'it printed nothing'
            : undefined;
    if (wrong !== undefined)
      throw new XanoError('TOKEN_MISSING', `The program of ${source} gave no token: ${wrong}.`, {
        hint: 'Run it by itself and look at what it says; it must print the token and nothing else.',
      });
    return printed;
  };
  return { source, read, changes: true };
}
