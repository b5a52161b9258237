/**
 * Columns become rows again, by what src/table/column-data.ts says of them and nothing else: each value as
 * JSON text, exactly.
 */
import type { ColumnData } from '../../../src/table/column-data.js';

/** A value as JSON text, and where the next one begins. */
type Decode = (values: DataView, at: number) => readonly [string, number];

const text = (bytes: DataView, at: number): readonly [string, number] => {
  const from = at + 4;
  const to = from + bytes.getUint32(at, true);
  const inside = new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
  if (inside.length < to - from) throw new Error('a text ends after its column');
  // It throws where bytes are not UTF-8.
  return [new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(inside), to];
};
const quoted: Decode = (bytes, at) => {
  const [value, next] = text(bytes, at);
  return [JSON.stringify(value), next];
};
const whole: Decode = (bytes, at) => [String(bytes.getBigInt64(at, true)), at + 8];
const numeral = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

const DECODE: Readonly<Record<Exclude<ColumnData['column']['type'], 'BOOLEAN'>, Decode>> = {
  BIGINT: whole,
  TIMESTAMPTZ: whole,
  DOUBLE: (bytes, at) => [numeral(bytes.getFloat64(at, true)), at + 8],
  FLOAT: (bytes, at) => [numeral(bytes.getFloat32(at, true)), at + 4],
  DATE: (bytes, at) => {
    const day = new Date(bytes.getInt32(at, true) * 86_400_000).toISOString().slice(0, 10);
    return [JSON.stringify(day), at + 4];
  },
  VARCHAR: quoted,
  UUID: quoted,
  JSON: text,
};

/** The values of a column that are not null, as JSON texts. */
function valuesOf({ column, values }: ColumnData, count: number): string[] {
  const bytes = new DataView(values.buffer, values.byteOffset, values.byteLength);
  if (column.type === 'BOOLEAN') {
    if (bytes.byteLength !== Math.ceil(count / 8))
      throw new Error('more or fewer bits than there are values');
    return Array.from({ length: count }, (_, n) =>
      String((bytes.getUint8(Math.floor(n / 8)) & (2 ** (n % 8))) !== 0),
    );
  }
  const decode = DECODE[column.type];
  const found: string[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const [value, next] = decode(bytes, at);
    found.push(value);
    at = next;
  }
  if (found.length !== count) throw new Error(`${found.length} values where ${count} are announced`);
  return found;
}

/** A column that is no list: one JSON text for each row. */
function plain(data: ColumnData): string[] {
  const { entries, nulls, levels } = data;
  if (levels.length > 0) throw new Error('levels of what is no list');
  const missing = new Set(nulls);
  const inOrder = nulls.every((row, n) => row < entries && (n === 0 || row > nulls[n - 1]!));
  if (!inOrder) throw new Error(`nulls out of order or beyond the last row: ${nulls.join()}`);
  const values = valuesOf(data, entries - missing.size).values();
  return Array.from({ length: entries }, (_, row) => (missing.has(row) ? 'null' : values.next().value!));
}

/**
 * A column of lists. Levels: 0 no list, 1 a list of nothing, 2 a null in it, 3 a value; 4 more for the second
 * element and later ones.
 */
function lists(data: ColumnData): string[] {
  const { entries, nulls, levels } = data;
  if (nulls.length > 0) throw new Error('nulls of lists');
  if (levels.length !== entries) throw new Error(`${levels.length} levels of ${entries} entries`);
  const values = valuesOf(data, levels.filter((level) => level % 4 === 3).length).values();
  const rows: (string[] | null)[] = [];
  for (const level of levels) {
    if (![0, 1, 2, 3, 6, 7].includes(level)) throw new Error(`there is no level ${level}`);
    const element = level % 4 === 3 ? values.next().value! : 'null';
    if (level >= 4) {
      const list = rows.at(-1);
      if (list === undefined || list === null || list.length === 0)
        throw new Error('a list goes on that has not begun');
      list.push(element);
    } else rows.push(level === 0 ? null : level === 1 ? [] : [element]);
  }
  return rows.map((row) => (row === null ? 'null' : `[${row.join(',')}]`));
}

/**
 * A column of lists of vectors. Levels: 0 no list, 1 a list of no vectors, 2 a null in it, 4 a null in a
 * vector, 5 a number; 8 more for the second vector and later ones, 16 more for the second number of a vector
 * and later ones.
 */
function listsOfVectors(data: ColumnData): string[] {
  const { entries, nulls, levels } = data;
  if (nulls.length > 0) throw new Error('nulls of lists');
  if (levels.length !== entries) throw new Error(`${levels.length} levels of ${entries} entries`);
  const numbers = valuesOf(data, levels.filter((level) => level % 8 === 5).length).values();
  const rows: ((string[] | null)[] | null)[] = [];
  for (const level of levels) {
    if (![0, 1, 2, 4, 5, 10, 12, 13, 20, 21].includes(level)) throw new Error(`there is no level ${level}`);
    const number = level % 8 === 5 ? numbers.next().value! : 'null';
    const vector = level % 8 === 2 ? null : [number];
    const last = rows.at(-1);
    if (level < 8) rows.push(level === 0 ? null : level === 1 ? [] : [vector]);
    else if (last === undefined || last === null || last.length === 0)
      throw new Error('a list goes on that has not begun');
    else if (level < 16) last.push(vector);
    else {
      const open = last.at(-1);
      if (open === undefined || open === null) throw new Error('a vector goes on that has not begun');
      open.push(number);
    }
  }
  const spelled = (vector: string[] | null): string => (vector === null ? 'null' : `[${vector.join(',')}]`);
  return rows.map((row) => (row === null ? 'null' : `[${row.map(spelled).join(',')}]`));
}

/**
 * The rows that these columns are, as JSON objects of all of them. Throws where they are not as they are said
 * to be.
 */
export function decoded(columns: readonly ColumnData[], count: number): string[] {
  const members = columns.map((data) => {
    const name = JSON.stringify(data.column.name);
    const { list, list_of_vectors } = data.column;
    const values = list_of_vectors === true ? listsOfVectors(data) : list ? lists(data) : plain(data);
    if (values.length !== count)
      throw new Error(`${values.length} rows of ${name} where ${count} are announced`);
    return values.map((value) => `${name}:${value}`);
  });
  return Array.from({ length: count }, (_, row) => `{${members.map((column) => column[row]!).join(',')}}`);
}
