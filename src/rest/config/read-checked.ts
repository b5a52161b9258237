/** Reads a file of YAML or JSON by a schema, and says in which line each mistake is. */
import type { z } from 'zod';
import type { XanoError } from '../../errors.js';
import { parseSource, type SourceText } from './file/source-text.js';
import { fieldPath, invalidFile, type Mistake, mistakeInWords, parseInWords } from './validation-messages.js';

/** How a file is checked. */
export interface FileCheck<T> {
  readonly schema: z.ZodType<T>;
  /** Mistakes that one part of the file alone does not show; the value may have any shape. */
  readonly across: (value: unknown) => readonly Mistake[];
  /** The page of the docs that explains the file. */
  readonly page: string;
}

/**
 * Reads a file by a schema. Throws CONFIG_INVALID with all mistakes: line, path, the value found and the
 * values allowed.
 */
export function readChecked<T>(content: string, file: string, { schema, across, page }: FileCheck<T>): T {
  const source = parseSource(content, file);
  const read = parseInWords(schema, source.typed);
  const found = read.mistakes ?? [];
  const told = new Set(found.map(({ path }) => fieldPath(path)));
  const mistakes = [...found, ...across(source.typed).filter(({ path }) => !told.has(fieldPath(path)))];
  if (read.mistakes !== undefined || mistakes.length > 0) throw invalidText(file, source, mistakes, page);
  return read.data;
}

/** The most mistakes whose line is looked up: each lookup searches the complete file. */
const MOST_LOOKED_UP = 200;

/** The error CONFIG_INVALID for the mistakes of a file, in the order of its lines. */
export function invalidText(
  file: string,
  source: SourceText,
  mistakes: readonly Mistake[],
  page: string,
): XanoError {
  const lines = mistakes
    .slice(0, MOST_LOOKED_UP)
    .map((mistake) => ({ line: source.lineOf(mistake.path), sentence: mistakeInWords(mistake) }))
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, sentence }) => `Line ${line}: ${sentence}`);
  const hint = `Correct the fields that are named, then run again; ${page} explains them.`;
  const described = [...new Set(lines)];
  const total = mistakes.length > MOST_LOOKED_UP ? mistakes.length : described.length;
  return invalidFile(`${file} is not valid.`, described, hint, total);
}
