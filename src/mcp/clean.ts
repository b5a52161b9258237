/**
 * Escapes hidden characters in answers. Rows come from strangers: control and bidirectional characters could
 * hide a part of a value, or move it, where a person or a model reads the answer.
 */
import { printable } from '../hidden-characters.js';

/**
 * The same value with hidden characters as escapes, such as `\u202e`, also in names. Line breaks and tabs
 * stay.
 */
export function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(clean);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) =>
      one === undefined ? [] : [[cleanText(name), clean(one)]],
    ),
  );
}

/** A text with hidden characters as escapes; JSON spells line breaks and tabs visibly. */
export const cleanText = (text: string): string =>
  text
    .split(/([\n\t])/)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('');
