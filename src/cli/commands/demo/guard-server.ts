/** Ends a server together with the process that started it. */
import { fork } from 'node:child_process';

/** A server in a temporary folder. */
export interface GuardedServer {
  /** Removed with the server. */
  readonly folder: string;
  /** A file whose first line is the server's process id, while it runs. */
  readonly pid_file: string;
  /** What stops the server at once: for Postgres SIGQUIT, its immediate shutdown. */
  readonly signal: 'SIGQUIT' | 'SIGKILL';
}

/**
 * Waits in a process of its own for the end of this one. SIGKILL leaves a process no time to stop anything,
 * but it closes the channel between the two.
 */
const GUARD = `
  const self = require('node:process');
  const { readFileSync, rmSync } = require('node:fs');
  const [, folder, pid_file, signal] = self.argv;
  self.on('disconnect', () => {
    try {
      self.kill(Number(readFileSync(pid_file, 'utf8').split('\\n')[0]), signal);
    } catch {}
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
`;

/**
 * Stops the server and removes its folder when this process ends, whatever ends it. Gives the function that
 * does so now, if the server still runs.
 */
export function guardServer({ folder, pid_file, signal }: GuardedServer): () => void {
  // Detached: Ctrl-C reaches every process of the terminal's group.
  const guard = fork(folder, [pid_file, signal], {
    execArgv: ['-e', GUARD],
    detached: true,
    stdio: 'ignore',
  });
  guard.unref();
  guard.channel?.unref();
  return () => {
    if (guard.connected) guard.disconnect();
  };
}
