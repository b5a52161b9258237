/** Lists that continue after a field of the last record: `data[-1].id`, as Stripe's do. Pure. */
import { joinKeys, pathKeys, select } from '../../../json.js';
import { skipSpace, valueEnd } from '../../decode/json-bytes.js';
import { membersOf } from '../../decode/members.js';
import { isWholeKey } from '../../decode/whole-key.js';

/**
 * Reads a field of a page's last record: a number beyond 2^53 as its digits. Undefined where there is no
 * record or no such field.
 */
export type LastRecord = (field: readonly string[]) => unknown;

/**
 * The field of the last record that a path names, as its keys: `data[-1].id` or `data.-1.id` where the list
 * is at `data`, `[-1].id` where the answer itself is the list. Undefined for a path to anything else.
 */
export function lastRecordField(list_path: string, path: string): readonly string[] | undefined {
  const list = pathKeys(list_path);
  const [bracketed, dotted] =
    list.length === 0
      ? [['[-1]'], ['-1']]
      : [
          [...list.slice(0, -1), `${list.at(-1)}[-1]`],
          [...list, '-1'],
        ];
  const keys = pathKeys(path);
  const begins = (start: readonly string[]): boolean => start.every((key, i) => keys[i] === key);
  const start = [bracketed, dotted].find(begins);
  return start === undefined || keys.length === start.length ? undefined : keys.slice(start.length);
}

/** Reads fields of the last of several records, which are JSON objects joined by commas. */
export function lastRecordOf(records: Uint8Array): LastRecord {
  return ([name = '', ...rest]) => {
    const raw = membersOfLast(records)?.get(name);
    if (raw === undefined) return undefined;
    // These bytes have already been read as JSON, so they are valid.
    const value: unknown = JSON.parse(raw);
    if (rest.length > 0) return select(value, joinKeys(rest));
    return typeof value === 'number' && String(value) !== raw && isWholeKey(raw) ? raw : value;
  };
}

function membersOfLast(records: Uint8Array): ReadonlyMap<string, string> | undefined {
  let last: number | undefined;
  for (let i = skipSpace(records, 0); i < records.length; ) {
    last = i;
    const end = skipSpace(records, Math.abs(valueEnd(records, i)));
    i = skipSpace(records, end + 1);
  }
  return last === undefined ? undefined : [...membersOf(records.subarray(last))][0];
}
