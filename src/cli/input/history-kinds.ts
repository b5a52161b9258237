/** Kinds of histories on the command line. */
import { InvalidArgumentError } from 'commander';
import type { HistoryKind } from '../../index.js';

/**
 * All of them, as the compiler checks: the library itself would take longer to load than the command line.
 */
const KINDS: Readonly<Record<HistoryKind, true>> = { requests: true, tasks: true, functions: true };

const isKind = (text: string): text is HistoryKind => Object.hasOwn(KINDS, text);

/** Reads `requests,tasks`. Throws with the allowed ones. */
export function parseHistory(text: string): readonly HistoryKind[] {
  return text.split(',').map((given) => {
    const kind = given.trim().toLowerCase();
    if (!isKind(kind))
      throw new InvalidArgumentError(`--history takes ${Object.keys(KINDS).join(', ')}, separated by commas`);
    return kind;
  });
}
