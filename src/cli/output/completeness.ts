/** The words and colours of how complete a table is. */
import type { ResourceReport } from '../../index.js';
import type { Tone } from './output.js';
import { counted } from './text.js';

/** The words and colours of completeness. */
export const COMPLETENESS: Readonly<
  Record<NonNullable<ResourceReport['completeness']>, { readonly words: string; readonly tone: Tone }>
> = {
  proved: { words: 'proved', tone: 'good' },
  limited: { words: 'limited', tone: 'warn' },
  not_provable: { words: 'not provable', tone: 'warn' },
  changed_while_reading: { words: 'changed while reading', tone: 'warn' },
  incomplete: { words: 'incomplete', tone: 'bad' },
};

/**
 * The words of a table's completeness. A history is never counted by Xano: gaps take the place of the count.
 */
export function completenessWords(
  completeness: NonNullable<ResourceReport['completeness']>,
  gaps: number | undefined,
): { readonly words: string; readonly tone: Tone } {
  if (gaps === undefined) return COMPLETENESS[completeness];
  return gaps === 0 ? { words: 'no gap', tone: 'good' } : { words: counted(gaps, 'gap'), tone: 'warn' };
}
