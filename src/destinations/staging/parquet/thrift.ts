/** Thrift's compact protocol, the encoding of Parquet's footer. Pure. */

/** A value: its type's number, and its bytes. */
export interface Thrift {
  readonly type: number;
  readonly bytes: readonly number[];
}

/** A whole number of up to 2^31, or, as {@link i64}, of up to 2^53; not below 0. */
export const i32 = (value: number): Thrift => ({ type: 5, bytes: varint(value * 2) });

/** As {@link i32}. */
export const i64 = (value: number): Thrift => ({ type: 6, bytes: varint(value * 2) });

/** True, as a field of a struct: its type alone holds the value. */
export const TRUE: Thrift = { type: 1, bytes: [] };

/** A text in UTF-8. */
export function text(value: string): Thrift {
  const bytes = Buffer.from(value);
  return { type: 8, bytes: [...varint(bytes.length), ...bytes] };
}

/** A list of values of one type, at least one. */
export function list(values: readonly Thrift[]): Thrift {
  const type = values[0]!.type;
  const head = values.length < 15 ? [(values.length << 4) | type] : [0xf0 | type, ...varint(values.length)];
  return { type: 9, bytes: [...head, ...values.flatMap(({ bytes }) => bytes)] };
}

/** Fields by their numbers, with steps of at most 15; undefined ones are omitted. */
export function struct(fields: Readonly<Record<number, Thrift | undefined>>): Thrift {
  const bytes: number[] = [];
  let previous = 0;
  // JavaScript sorts integer keys in ascending order.
  for (const [id, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    bytes.push(((Number(id) - previous) << 4) | value.type);
    // One at a time: a call cannot take a list of ten thousand columns as arguments.
    for (const byte of value.bytes) bytes.push(byte);
    previous = Number(id);
  }
  return { type: 12, bytes: [...bytes, 0] };
}

/** A whole number in groups of seven bits, the lowest first. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}
