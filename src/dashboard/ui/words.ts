/** Numbers, times and states in words, as the command line spells them. Pure. */
import type { Completeness, PastLoad, SchemaChange } from '../../index.js';

/** A colour by meaning. */
export type Tone = 'good' | 'bad' | 'warn' | 'quiet';

/** `1,234`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 table`, `2 tables`. */
export function counted(value: number, singular: string, many = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : many}`;
}

/** `+12`, `-3`, `±0`; a dash where it is not known. */
export function signed(value: number | null): string {
  if (value === null) return '–';
  return value === 0 ? '±0' : `${value > 0 ? '+' : '−'}${count(Math.abs(value))}`;
}

/** A span of a run: `850 ms`, `12.3 s`, `4 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** An age, or a time that is left, in its largest units: `5 min`, `3 h 20 min`, `4 d 2 h`. */
export function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'under a minute';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** `3.4 MB`. */
export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return step === 0 ? `${value} bytes` : `${(value / 1_000 ** step).toFixed(1)} ${units[step]}`;
}

/** `2026-03-01 12:00 UTC`. */
export function moment(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

/** How complete a table is, in words. */
export const COMPLETENESS: Readonly<Record<Completeness, { readonly words: string; readonly tone: Tone }>> = {
  proved: { words: 'proved', tone: 'good' },
  limited: { words: 'limited', tone: 'warn' },
  not_provable: { words: 'not provable', tone: 'warn' },
  changed_while_reading: { words: 'changed while reading', tone: 'warn' },
  incomplete: { words: 'incomplete', tone: 'bad' },
};

/** How complete a table is, in words. Xano counts no rows of a history: gaps take the place of the count. */
export function completenessOf(table: {
  readonly completeness: Completeness;
  readonly history?: { readonly gaps: readonly unknown[] };
}): { readonly words: string; readonly tone: Tone } {
  if (table.history === undefined) return COMPLETENESS[table.completeness];
  const { length } = table.history.gaps;
  return length === 0 ? { words: 'no gap', tone: 'good' } : { words: counted(length, 'gap'), tone: 'warn' };
}

/** The colours of a load's result. */
export const LOAD_TONES: Readonly<Record<PastLoad['status'], Tone>> = {
  loaded: 'good',
  partial: 'warn',
  failed: 'bad',
  interrupted: 'warn',
  running: 'quiet',
};

/** A change of a table in words. */
export function changeInWords({ change, name, from, to }: SchemaChange): string {
  if (change === 'column_added') return `column ${name} added (${to})`;
  if (change === 'column_removed') return `column ${name} is gone in Xano and kept (${from})`;
  if (change === 'column_retyped') return `column ${name} became ${to}, was ${from}`;
  return change === 'table_renamed' ? `renamed, was ${from}` : `${from} had its name and is now ${to}`;
}
