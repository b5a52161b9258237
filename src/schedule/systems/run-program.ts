/** Runs programs of the system: arguments as a list, no shell. */
import { spawn } from 'node:child_process';
import { XanoError } from '../../errors.js';

/** What a program left. */
export interface ProgramResult {
  readonly status: number | null;
  /** Bytes, one character each. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the system. Undefined where it does not exist. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  input?: string,
) => Promise<ProgramResult | undefined>;

/** Makes the function that runs programs with these variables; `input` is bytes, one character each. */
export function programRunner(env: Readonly<Record<string, string | undefined>>): RunProgram {
  return (program, args, input = '') =>
    new Promise((done, failed) => {
      // The output of programs is read: it must not depend on the language of the user.
      const child = spawn(program, args, { env: { ...env, LC_ALL: 'C' }, windowsHide: true });
      const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      child.on('error', (cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') done(undefined);
        else failed(new XanoError('USAGE', `${program} does not start: ${cause.message}.`, { cause }));
      });
      child.on('close', (status) =>
        done({
          status,
          stdout: Buffer.concat(stdout).toString('latin1'),
          stderr: Buffer.concat(stderr).toString('utf8'),
        }),
      );
      // A program that reads no input closes its end.
      child.stdin.on('error', () => {});
      child.stdin.end(Buffer.from(input, 'latin1'));
    });
}

/** The error of a program of the system that failed or is missing. */
export function programFailure(
  program: string,
  args: readonly string[],
  result: ProgramResult | undefined,
): XanoError {
  const called = [program, ...args].join(' ');
  const hint = 'Run `xano schedule print` to set it up yourself, or choose another scheduler with --with.';
  if (result === undefined) return new XanoError('USAGE', `${program} is not on this computer.`, { hint });
  const said = result.stderr.trim().split('\n').at(-1)?.trim() ?? '';
  const ended = result.status === null ? 'was ended by a signal' : `failed with status ${result.status}`;
  return new XanoError(
    'USAGE',
    `\`${called}\` ${ended}${said === '' ? '' : `: ${withEnd(said)}`}`.replace(/([^.])$/, '$1.'),
    {
      hint,
    },
  );
}

const withEnd = (said: string): string => (/[.!]$/.test(said) ? said : `${said}.`);

/** Runs a program that must succeed. Throws USAGE with its own words where it fails or is missing. */
export async function runSurely(
  run: RunProgram,
  program: string,
  args: readonly string[],
  input?: string,
): Promise<ProgramResult> {
  const result = await run(program, args, input);
  if (result?.status === 0) return result;
  throw programFailure(program, args, result);
}
