/**
 * Columns that a config names by their role, so records must have them. Pure.
 * This room is about columns in configs.
 * In: endpoint configs.
 * Out: the columns with a role or a mask, and sentences about wrong ones.
 */
import { didYouMean } from '../../../names.js';
import type { EndpointConfig } from '../endpoint-config.js';

/** A column that a config names, and the field that names it. */
interface NamedColumn {
  readonly field: 'primary_key' | 'incremental.cursor_path';
  readonly name: string;
}

type Naming = Pick<
  EndpointConfig,
  'primary_key' | 'incremental' | 'columns' | 'origin' | 'write_disposition'
>;

/**
 * Key and cursor of a config. Not those of a source that describes itself (`origin`): the columns of its
 * schema are trusted, and a guessed key that nothing needs may be missing from its rows.
 */
export function namedColumns(config: Naming): NamedColumn[] {
  const { primary_key, incremental, columns = [], origin, write_disposition } = config;
  const isGuess = origin !== undefined && incremental === undefined && write_disposition !== 'merge';
  const all: NamedColumn[] = [
    ...(isGuess ? [] : primary_key).map((name) => ({ field: 'primary_key' as const, name })),
    ...(incremental === undefined
      ? []
      : [{ field: 'incremental.cursor_path' as const, name: incremental.cursor_path }]),
  ];
  const isDeclared = (wanted: string): boolean =>
    origin !== undefined && columns.some(({ name }) => name === wanted);
  return all.filter(({ name }) => !isDeclared(name));
}

/** A sentence about a column that no record has; `names` are the columns that records have. */
export function unknownColumn({ field, name }: NamedColumn, names: readonly string[]): string {
  const others = names.filter((column) => column !== name);
  return `${field} names the column "${name}", which no record has${didYouMean(others, name)}`;
}
