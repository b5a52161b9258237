/** Standard output that cannot be written to: where a result was to go, there is none. */

/** What is said, and the exit status. */
export interface OutputFailure {
  readonly status: number;
  /** For stderr. */
  readonly lines: string;
}

/** Exit status of OUTPUT_FAILED; the table of codes takes too long to load for a program that ends. */
const STATUS = 6;

/** The failure of standard output, other than that nobody reads it any more. */
export function outputFailure({ code, message }: NodeJS.ErrnoException): OutputFailure {
  // Node has no name for a quota; this is its number on Linux.
  const isFull =
    code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' || /Unknown system error -122\b/.test(message);
  const what = isFull
    ? 'The result could not be written: the disk that standard output goes to is full.'
    : `The result could not be written to standard output: ${message}.`;
  const hint = isFull
    ? 'Free disk space, or send the output elsewhere, then run the same command again.'
    : 'Send the output elsewhere, then run the same command again.';
  return { status: STATUS, lines: `Error: ${what}\n  ${hint}\n  Code: OUTPUT_FAILED\n` };
}
