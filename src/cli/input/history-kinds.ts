/** Kinds of histories on the command line. */
import { InvalidArgumentError } from 'commander';
import type { HistoryKind } from '../../index.js';

const KINDS: readonly HistoryKind[] = ['requests', 'tasks', 'functions'];

/** Reads `requests,tasks`. Throws with the allowed ones. */
export function parseHistory(text: string): readonly HistoryKind[] {
  return text.split(',').map((given) => {
    const kind = KINDS.find((one) => one === given.trim().toLowerCase());
    if (kind === undefined)
      throw new InvalidArgumentError(`--history takes ${KINDS.join(', ')}, separated by commas`);
    return kind;
  });
}
