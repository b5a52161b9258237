/** What becomes of a file that somebody else may have written. */

/** New content for a file, or the reason why it stays as it is: the end of a sentence about it. */
export type Merged =
  | { readonly action: 'write'; readonly text: string }
  /** It already holds what belongs there. */
  | { readonly action: 'unchanged' }
  /** Somebody put something else there; it stays. */
  | { readonly action: 'left'; readonly reason: string }
  /** It cannot be read or edited. */
  | { readonly action: 'failed'; readonly reason: string };

/** Merges into the content of a file; undefined for a file that does not exist. */
export type Merge = (text: string | undefined) => Merged;

/** A merge that changes nothing where the file exists with other content. */
export const wholeFile =
  (wanted: string): Merge =>
  (text) => {
    if (text === undefined) return { action: 'write', text: wanted };
    if (text === wanted) return { action: 'unchanged' };
    return { action: 'left', reason: 'differs from this version; delete it to get the new one' };
  };
