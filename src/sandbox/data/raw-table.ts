/** A table made from records that are JSON text: its columns are derived from all of the values there are. */
import { defineTable, field, nullable } from './define.js';
import type { FieldType, LocalField, LocalTable } from './model.js';
import { objectText, type RawMember } from './raw-json.js';
import { rowFromJson, rowsOf } from './rows.js';

/** A record: its values as JSON text, by name. */
export type RawRecord = ReadonlyMap<string, string>;

// 18 digits always fit into 64 bits.
const INTEGER = /^-?\d{1,18}$/;
const NUMBER = /^-?\d/;
const DATE = /^"\d{4}-\d{2}-\d{2}"$/;

/**
 * Xano's name for the type that all these values have, `json` where they have none in common; none may be
 * null.
 */
export function commonType(texts: readonly string[]): FieldType {
  if (texts.length === 0) return 'json';
  if (texts.every((text) => INTEGER.test(text))) return 'int';
  if (texts.every((text) => NUMBER.test(text))) return 'decimal';
  if (texts.every((text) => text === 'true' || text === 'false')) return 'bool';
  if (texts.every((text) => DATE.test(text))) return 'date';
  return texts.every((text) => text.startsWith('"')) ? 'text' : 'json';
}

/**
 * A table of these records, numbered from 1 by a column `id`; a column of that name becomes `original_id`.
 * Values keep their spelling. A record that lacks a column has null there, as every row in Xano has every
 * column.
 */
export function tableOfRecords(id: number, name: string, records: readonly RawRecord[]): LocalTable {
  const columns = [...new Set(records.flatMap((record) => [...record.keys()]))];
  const schema: LocalField[] = columns.map((column) => {
    const texts = records.map((record) => record.get(column) ?? 'null');
    const present = texts.filter((text) => text !== 'null');
    const type = commonType(present);
    return present.length < texts.length ? nullable(renamed(column), type) : field(renamed(column), type);
  });
  const rows = records.map((record, at) => {
    const values: RawMember[] = columns.map((column) => ({
      name: renamed(column),
      text: record.get(column) ?? 'null',
    }));
    return rowFromJson(objectText([{ name: 'id', text: String(at + 1) }, ...values]));
  });
  // The last record lies first, so that nobody takes the stored order for the order of ids.
  const stored = rowsOf([...rows.slice(-1), ...rows.slice(0, -1)]);
  return defineTable(id, name, [field('id', 'int'), ...schema], { live: stored });
}

function renamed(column: string): string {
  return column === 'id' ? 'original_id' : column;
}
