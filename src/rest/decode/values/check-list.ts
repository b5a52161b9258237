/** Does a list, as bytes, fit its column exactly? */
import { type Column, isVector } from '../../../table/column.js';
import { malformed, skipSpace, wordEnd } from '../json-bytes.js';
import { NULL, refuse, type ScalarCheck, type Verdict } from './verdict.js';

/**
 * A list fits if each of its elements does; otherwise the complete list becomes a reject. An empty vector is
 * NULL: the list around it stays.
 */
export function checkList(
  column: Column,
  scalar: ScalarCheck,
  b: Uint8Array,
  i: number,
  verdict: Verdict,
  utf8: boolean,
): number {
  const { size } = column;
  if (!isVector(column)) return checkElements(scalar, undefined, b, i, verdict, utf8);
  const vector: ScalarCheck = (bytes, at, report, known) => {
    if (bytes[at] === 0x5b) {
      const inside = skipSpace(bytes, at + 1);
      if (bytes[inside] === 0x5d) {
        report.replacement = NULL;
        return inside + 1;
      }
    }
    return checkElements(scalar, size, bytes, at, report, known);
  };
  return column.list_of_vectors === true
    ? checkElements(vector, undefined, b, i, verdict, utf8)
    : vector(b, i, verdict, utf8);
}

function checkElements(
  scalar: ScalarCheck,
  size: number | undefined,
  b: Uint8Array,
  start: number,
  verdict: Verdict,
  utf8: boolean,
): number {
  if (b[start] !== 0x5b) return refuse(b, start, verdict, 'not a list');
  const replaced: { from: number; to: number; bytes: Uint8Array }[] = [];
  let count = 0;
  let i = skipSpace(b, start + 1);
  if (b[i] !== 0x5d)
    for (;;) {
      const from = i;
      const end = b[i] === 0x6e ? wordEnd(b, i) : scalar(b, i, verdict, utf8);
      if (end < 0) {
        const reason = `in a list: ${verdict.reason}`;
        return refuse(b, start, verdict, reason);
      }
      if (verdict.replacement !== undefined) replaced.push({ from, to: end, bytes: verdict.replacement });
      verdict.replacement = undefined;
      count++;
      i = skipSpace(b, end);
      if (b[i] === 0x5d) break;
      if (b[i] !== 0x2c) malformed(b[i] === undefined ? 'cut off' : 'no comma in a list', i);
      i = skipSpace(b, i + 1);
    }
  if (size !== undefined && count !== size)
    return refuse(b, start, verdict, `a vector of ${count} numbers where ${size} are declared`);
  if (replaced.length > 0) {
    const parts: Uint8Array[] = [];
    let read = start;
    for (const patch of replaced) {
      parts.push(b.subarray(read, patch.from), patch.bytes);
      read = patch.to;
    }
    parts.push(b.subarray(read, i + 1));
    verdict.replacement = Buffer.concat(parts);
  }
  return i + 1;
}
