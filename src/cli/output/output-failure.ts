/** A failure of standard output: the result is lost. */

/** The message, and the exit status. */
export interface OutputFailure {
  readonly status: number;
  /** For stderr. */
  readonly lines: string;
}

/** Exit status of OUTPUT_FAILED; loading the table of codes takes too long for a program that ends. */
const STATUS = 6;

/** A failure of standard output, except a closed pipe. */
export function outputFailure({ code, message }: NodeJS.ErrnoException): OutputFailure {
  // Node does not name the quota error; this is its number on Linux.
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
