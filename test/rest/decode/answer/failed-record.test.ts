/** Records that report a failure among others, and records that only look so. */
import { describe, expect, it } from 'vitest';
import { failedRecord } from '../../../../src/rest/decode/answer/failed-record.js';

type Rows = readonly object[];

function found(rows: Rows, more: Partial<Parameters<typeof failedRecord>[1]> = {}): string | undefined {
  const records = Buffer.from(rows.map((row) => JSON.stringify(row)).join(',\n '));
  return failedRecord(records, { are_lines: true, declared: [], known: [], ...more })?.message;
}

const people: Rows = [
  { id: 1, name: 'a', status: 'active' },
  { id: 2, name: 'b', status: 'active' },
  { id: 3, name: 'c', status: 'left' },
];

const reports: [object, string][] = [
  [{ error: 'export failed after 3 rows' }, '"error" that the request failed: export failed after 3 rows.'],
  [{ errors: [{ message: 'Shard 2 is gone' }] }, '"errors" that the request failed: Shard 2 is gone.'],
  [{ success: false, message: 'Stopped' }, '"success" that the request failed: Stopped.'],
  [{ status: 'error', message: 'Quota exceeded' }, '"status" that the request failed: Quota exceeded.'],
  [{ status: 'error', error: { code: 500, message: 'Lost' } }, '"status" that the request failed: Lost.'],
  [{ code: 500, message: 'Internal error' }, '"code" that the request failed: Internal error.'],
  [{ code: 'ERROR_FATAL', message: 'Out of memory' }, '"message" that the request failed: Out of memory.'],
  [{ type: 'error', error: { message: 'Overloaded' } }, '"error" that the request failed: Overloaded.'],
  [{ ok: false, error_code: 12 }, '"ok" that the request failed: 12.'],
  [{ message: 'The export was aborted' }, '"message" that the request failed: The export was aborted.'],
];

describe('an object that reports a failure', () => {
  it.each(reports)('is found at the end, at the start and between lines: %j', (report, says) => {
    expect(found([...people, report])).toBe(`Line 4 of the answer says in ${says}`);
    expect(found([report, ...people])).toBe(`Line 1 of the answer says in ${says}`);
    expect(found([people[0]!, report, ...people])).toBe(`Line 2 of the answer says in ${says}`);
    expect(found([people[0]!, report])).toBe(`Line 2 of the answer says in ${says}`);
  });

  it.each(reports)('is found at the end of a JSON list only: %j', (report, says) => {
    expect(found([...people, report], { are_lines: false })).toBe(`Record 4 of the answer says in ${says}`);
    expect(found([report, ...people], { are_lines: false })).toBeUndefined();
  });

  it('is found where records are of many kinds', () => {
    const kinds = [{ id: 1, a: 1 }, { id: 2, b: { error: 'x' } }, { id: 3 }, { id: 4, error: 'declined' }];
    expect(found(kinds)).toBeUndefined();
    expect(found([...kinds, { error: 'cut off', rows: 4 }])).toMatch(/^Line 5 .*: cut off\.$/);
  });

  it('is found alone where an answer has no other line, or columns are known', () => {
    expect(found([{ error: 'gone' }])).toBe(
      'Line 1 of the answer says in "error" that the request failed: gone.',
    );
    expect(found([{ error: 'gone' }], { known: ['id', 'name'] })).toMatch(/^Line 1/);
    expect(found([{ error: 'gone' }], { are_lines: false, known: ['id', 'name'] })).toMatch(/^Record 1/);
  });

  it.each(reports)('is found where it is all that a JSON list holds: %j', (report, says) => {
    expect(found([report], { are_lines: false })).toBe(`Record 1 of the answer says in ${says}`);
  });

  it('causes a retry only where it is temporary', () => {
    const error = (words: string) =>
      failedRecord(Buffer.from(`{"id":1},{"error":"${words}"}`), {
        are_lines: true,
        declared: [],
        known: [],
      });
    expect(error('export failed')?.lasting).toBe(true);
    expect(error('please try again')?.lasting).toBe(false);
  });
});

describe('a record', () => {
  it.each<[string, Rows]>([
    [
      'logs with an error each',
      [
        { at: 1, error: 'boom' },
        { at: 2, error: 'bang' },
      ],
    ],
    [
      'logs with an error now and then',
      [
        { at: 1, level: 'info' },
        { at: 2, level: 'error', error: 'boom' },
        { at: 3, level: 'info' },
      ],
    ],
    ['errors alone', [{ error: 'a' }, { error: 'b' }]],
    ['messages', [{ message: 'started' }, { message: 'failed', error: 'boom' }]],
    [
      'results of a batch',
      [
        { address: 'a', lat: 1 },
        { address: 'b', error: 'not found' },
      ],
    ],
    ['payments', [...people, { id: 4, status: 'failed', message: 'declined' }]],
    ['a last line that says that all is well', [...people, { status: 'ok', message: 'Export complete' }]],
    ['a last line that counts', [...people, { success: true, error: null, count: 3 }]],
    ['a field within a record', [...people, { id: 4, body: { error: 'x' } }]],
    [
      'more than a hundred of one spelling',
      [...people, ...Array.from({ length: 102 }, (_, at) => ({ error: `e${at}` }))],
    ],
  ])('is not taken for a failure: %s', (_, rows) => {
    expect(found(rows)).toBeUndefined();
    expect(found(rows, { are_lines: false })).toBeUndefined();
  });

  it('is not taken for a failure where the config declares all of its fields', () => {
    const rows = [...people, { error: 'x' }];
    expect(found(rows, { declared: ['id', 'error'] })).toBeUndefined();
    expect(found(rows, { declared: ['id'] })).toBeDefined();
  });

  it.each<[string, object]>([
    ['with an id', { id: 1, error: 'x' }],
    ['of a log', { timestamp: '2026-11-22', message: 'payment failed', severity: 'high' }],
    ['of a task', { title: 'correct the error', status: 'open' }],
    ['of a success', { success: true, error: null }],
  ])('is one where it is all that a JSON list holds: %s', (_, row) => {
    expect(found([row], { are_lines: false })).toBeUndefined();
  });

  it('is one where it is all that a JSON list holds, of columns that are known', () => {
    const known = ['error', 'status'];
    expect(found([{ error: 'x' }], { are_lines: false, known })).toBeUndefined();
    expect(found([{ error: 'x' }], { are_lines: false, known, declared: known })).toBeUndefined();
  });

  it('is not taken for a failure in a JSON list where it has an unrelated field', () => {
    expect(found([...people, { error: 'x', score: 3 }], { are_lines: false })).toBeUndefined();
  });
});
