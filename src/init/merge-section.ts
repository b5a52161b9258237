/** Adds a part to a text that people write: a section between markers, and lines of a list. Pure. */
import type { Merge } from './merged.js';

const BEGIN = '<!-- xano-connector: begin (xano init replaces this section) -->';
const END = '<!-- xano-connector: end -->';
const BEGINS = /^<!-- xano-connector: begin\b.*-->$/;

/**
 * Puts a section between markers, at the end or where it is. The markers say that it is generated. With a
 * reason to stay, a section that is there with another body is left.
 */
export const mergeSection =
  (body: string, stays_because?: string): Merge =>
  (text) => {
    const section = `${BEGIN}\n${body}\n${END}`;
    if (text === undefined || text.trim() === '') return { action: 'write', text: `${section}\n` };
    const lines = text.split('\n');
    const begins = lines.flatMap((line, i) => (BEGINS.test(line.trim()) ? [i] : []));
    const ends = lines.flatMap((line, i) => (line.trim() === END ? [i] : []));
    if (begins.length === 0 && ends.length === 0)
      return { action: 'write', text: `${text}${text.endsWith('\n') ? '\n' : '\n\n'}${section}\n` };
    const [begin = 0, end = 0] = [begins[0], ends[0]];
    if (begins.length !== 1 || ends.length !== 1 || end < begin)
      return { action: 'failed', reason: 'has markers of xano-connector that are not one pair' };
    const merged = [...lines.slice(0, begin), section, ...lines.slice(end + 1)].join('\n');
    if (merged === text) return { action: 'unchanged' };
    return stays_because === undefined
      ? { action: 'write', text: merged }
      : { action: 'left', reason: stays_because };
  };

/** The same, unless the text has the line already. */
export const mergeImport =
  (line: string): Merge =>
  (text) =>
    text?.split('\n').some((one) => one.trim() === line) === true
      ? { action: 'unchanged' }
      : mergeSection(line)(text);

/** Adds the lines that a list lacks, under a comment. */
export const mergeLines =
  (comment: string, wanted: readonly string[]): Merge =>
  (text) => {
    const present = new Set((text ?? '').split('\n').map((line) => line.trim()));
    const missing = wanted.filter((line) => !present.has(line));
    if (missing.length === 0) return { action: 'unchanged' };
    const before = text ?? '';
    const gap = before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n';
    return { action: 'write', text: `${before}${gap}${comment}\n${missing.join('\n')}\n` };
  };
