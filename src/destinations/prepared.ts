/** What a destination finds when a load begins. */

/** Staged rows that could not be used: their file has another name now, and they are read again. */
export interface SetAside {
  readonly file: string;
  readonly moved_to: string;
  /** What is wrong with it: the end of a sentence. */
  readonly reason: string;
}

/** What was found when a destination was made ready. */
export interface Prepared {
  readonly set_aside: SetAside | null;
}
