/** Reads a token from a file, or from a program's output: with a deadline, and interrupted by Ctrl-C. */
import { spawn } from 'node:child_process';
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { XanoError } from '../../index.js';
import type { SessionContext } from '../context.js';
import { stopReason } from '../stop-reason.js';
import { fileText, notText } from './file-text.js';

/** The parts of the environment that reading a token uses. */
export type ReadContext = Pick<SessionContext, 'sleep' | 'signal'>;

/** A source of a token, and whether it may return another one later. */
export interface Given {
  readonly source: string;
  readonly read: (reading: ReadContext) => Promise<string>;
  readonly changes: boolean;
}

/**
 * The most time in which a program has to print a token, in milliseconds: the user may have to touch a key
 * first.
 */
const COMMAND_MS = 120_000;

/** The most time in which a pipe or device has to deliver a token, in milliseconds. */
const FILE_MS = 30_000;

/** The interval between reads of a pipe, in milliseconds. */
const LOOK_MS = 50;

/** The bytes of a file or an output that are read for a token: far more than a token has. */
const LONGEST_BYTES = 65_536;

/** A file that holds a token: perhaps a pipe that a shell opened, which is still empty. */
export function fromFile(source: string, file: string): Given {
  const read = async (reading: ReadContext): Promise<string> => {
    const failure = (what: string, cause?: unknown): XanoError =>
      new XanoError('TOKEN_MISSING', `The token file ${file} ${what}.`, {
        hint: `Name a file that holds the token with ${source}.`,
        cause,
      });
    let bytes: Uint8Array | undefined;
    try {
      // A plain open would block on a pipe without a writer, and no signal would end it.
      const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        bytes = await beginningOf(handle, reading);
      } finally {
        await handle.close();
      }
    } catch (cause) {
      throw cause instanceof XanoError ? cause : failure('cannot be read', cause);
    }
    if (bytes !== undefined && bytes.length >= LONGEST_BYTES)
      throw new XanoError(
        'TOKEN_REJECTED',
        `The token from ${source} is malformed: ${file} is much longer than a token.`,
        { hint: 'Name a file that holds only the token.' },
      );
    if (bytes === undefined) throw failure(`returned nothing within ${FILE_MS / 1000} s`);
    const text = fileText(bytes)?.text;
    if (text === undefined)
      throw new XanoError('TOKEN_REJECTED', `The token from ${source} is malformed: ${notText(file)}`, {
        hint: 'Save it as UTF-8, with only the token in it.',
      });
    return text;
  };
  return { source, read, changes: true };
}

/** The beginning of a file; of a pipe or a device its first line. Undefined where nothing arrived in time. */
async function beginningOf(
  handle: FileHandle,
  { sleep, signal }: ReadContext,
): Promise<Uint8Array | undefined> {
  const isFile = (await handle.stat()).isFile();
  const bytes = Buffer.alloc(LONGEST_BYTES);
  let at = 0;
  for (let waited = 0; at < bytes.length; ) {
    if (signal.aborted) throw stopReason(signal, 'Stopped while waiting for the token file.');
    const read = await readNow(handle, bytes, at);
    at += read ?? 0;
    const text = bytes.toString('utf8', 0, at);
    // A pipe reads as ended after its writers have closed it, and also before the first writer opens it.
    const isEnd = read === 0 && (isFile || at > 0);
    if (isEnd || (!isFile && text.trimStart().includes('\n'))) return bytes.subarray(0, at);
    if (read !== undefined && read > 0) continue;
    if (waited >= FILE_MS) return at === 0 ? undefined : bytes.subarray(0, at);
    await sleep(LOOK_MS, signal).catch(() => {});
    waited += LOOK_MS;
  }
  return bytes.subarray(0, at);
}

/** The available bytes, 0 at the end; undefined where more may arrive later. */
async function readNow(handle: FileHandle, bytes: Buffer, at: number): Promise<number | undefined> {
  try {
    return (await handle.read(bytes, at, bytes.length - at, null)).bytesRead;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN') return undefined;
    throw thrown;
  }
}

/**
 * Reads a stream with a token, such as standard input, to its end. Throws TOKEN_REJECTED for one far longer
 * than a token.
 */
export async function tokenFromStream(
  stream: Readable,
  { signal }: Pick<ReadContext, 'signal'>,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const onAbort = (): void => {
    stream.destroy(stopReason(signal, 'Stopped while waiting for the token.'));
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      size += bytes.length;
      if (size > LONGEST_BYTES)
        throw new XanoError('TOKEN_REJECTED', 'Standard input is much longer than a token.', {
          hint: 'Pipe in only the token.',
        });
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  const bytes = Buffer.concat(chunks);
  // Bytes that are not text cannot be a token; the caller refuses them.
  return (fileText(bytes)?.text ?? bytes.toString('utf8')).trim();
}

/** The source of a program that prints a token. Throws USAGE for an empty command. */
export function fromCommand(source: string, command: string): Given {
  if (command.trim() === '')
    throw new XanoError('USAGE', `${source} names no program.`, {
      hint: 'Give the command that prints the token.',
    });
  const read = async ({ signal }: ReadContext): Promise<string> => {
    const { wrong, printed } = await outputOf(command, signal);
    if (wrong === undefined) return printed;
    throw new XanoError('TOKEN_MISSING', `The program of ${source} returned no token: ${wrong}.`, {
      hint: 'Run it yourself and read its output; it must print only the token.',
    });
  };
  return { source, read, changes: true };
}

/** The program's output, or its failure. */
function outputOf(
  command: string,
  signal: AbortSignal,
): Promise<{ readonly printed: string; readonly wrong?: string | undefined }> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(stopReason(signal, 'Stopped.'));
      return;
    }
    // The program's questions go to the terminal; only its output is the token.
    const child = spawn(command, { shell: true, stdio: ['inherit', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      // A child of the program may keep its output open.
      child.stdout.destroy();
      child.unref();
    };
    const giveUp = (wrong: string): void => {
      end();
      child.kill();
      resolve({ printed: '', wrong });
    };
    const onAbort = (): void => {
      end();
      child.kill();
      reject(stopReason(signal, 'Stopped while waiting for the program that prints the token.'));
    };
    const timer = setTimeout(() => giveUp(`it took longer than ${COMMAND_MS / 1000} s`), COMMAND_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LONGEST_BYTES) giveUp('it printed much more than a token');
    });
    child.on('error', () => giveUp('it could not be started'));
    child.on('close', (status, killed) => {
      end();
      // Windows programs may print UTF-16.
      const printed = fileText(Buffer.concat(chunks))?.text ?? '';
      if (status !== 0)
        resolve({
          printed,
          wrong: status === null ? `${killed} ended it` : `it ended with status ${status}`,
        });
      else resolve({ printed, wrong: printed.trim() === '' ? 'it printed nothing' : undefined });
    });
  });
}
