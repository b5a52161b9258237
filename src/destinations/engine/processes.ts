/** Processes of this computer, as files on a shared disk name them. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { kill } from 'node:process';

/** Process ids are valid only on one computer, and containers may share a folder. */
export const THIS_COMPUTER = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Whether a process of this computer runs. */
export function isRunning(process: number): boolean {
  try {
    // Signal 0 is not sent: the call only tests whether the process exists.
    kill(process, 0);
    return true;
  } catch (thrown) {
    // EPERM means that it exists, and belongs to another user.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
