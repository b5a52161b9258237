/**
 * `xano load --log json` in a process of its own: a crash, its memory or a busy event loop cannot take the
 * pages down, and the page and the terminal run the same program.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type LoadEvent, XanoError } from '../../index.js';
import type { AskedLoad } from '../../session/loading/asked-load.js';
import type { ShownError } from './live-answers.js';

/** How to start this program again, as the dashboard was started. */
export interface LoadProgram {
  /** The program and its first arguments. */
  readonly command: readonly string[];
  /** Options of `xano load` that the start of the dashboard gave. Other users can see them: no token. */
  readonly options: readonly string[];
  /** The token of `--token` is here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** A line of the load's log. */
export type LogLine =
  | LoadEvent
  | { readonly type: 'note'; readonly message: string }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'error'; readonly error: ShownError };

/** A load that runs. */
export interface ChildLoad {
  /** Stops it cleanly, as Ctrl-C does. */
  readonly stop: () => void;
  /** Resolves when it has ended, with its exit status; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Starts a load. `on_line` receives its log. Throws BUG where this computer cannot start the program. */
export function startLoad(
  { tables, incremental }: AskedLoad,
  { command, options, env, cwd }: LoadProgram,
  on_line: (line: LogLine) => void,
): ChildLoad {
  const [program = '', ...first] = command;
  const args = [
    ...first,
    'load',
    ...options,
    '--log=json',
    ...(incremental === undefined ? [] : [`--incremental=${incremental}`]),
    // A name that begins like an option stays a name.
    '--',
    ...tables,
  ];
  const child = spawn(program, args, {
    cwd: cwd === '' ? undefined : cwd,
    env: { ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C reaches every process of the terminal's group: the load must hear it once, from the dashboard.
    detached: true,
    windowsHide: true,
  });
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (text) => {
    const line = parsed(text);
    if (line !== undefined) on_line(line);
  });
  child.on('error', ({ message }) => {
    const { hint } = new XanoError('BUG', message);
    on_line({ type: 'error', error: { code: 'BUG', message: `The load did not start: ${message}.`, hint } });
  });
  let isStopped = false;
  return {
    stop: () => {
      // A second signal would end it at once.
      if (!isStopped) child.kill('SIGINT');
      isStopped = true;
    },
    ended: once(child, 'close').then(
      ([status]: unknown[]) => (typeof status === 'number' ? status : null),
      () => null,
    ),
  };
}

/** The lines are of this very program; Node itself may warn between them. */
function parsed(text: string): LogLine | undefined {
  if (!text.startsWith('{"at":')) return undefined;
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}
