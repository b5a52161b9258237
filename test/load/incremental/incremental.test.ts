/** What an incremental load asks for, and which rows it must not lose. */
import { describe, expect, it } from 'vitest';
import { field, nullable } from '../../../src/sandbox/data/define.js';
import type { LocalField } from '../../../src/sandbox/data/model.js';
import { deleteRow, insertRow, rowFromJson, updateRow } from '../../../src/sandbox/data/rows.js';
import type { LocalXano } from '../../../src/sandbox/server.js';
import { NOON } from '../../fixtures/clock.js';
import { searches } from '../../fixtures/local-xano.js';
import { ago, CHANGED_FIELDS, changed } from '../../fixtures/office.js';
import { eventsOf, query, values } from '../loading.js';
import { alive, openOffice, type Setting } from '../open-office.js';

const NO_LAG: Setting = { incremental: { column: 'updated_at', lag_ms: 0 } };
const FIVE = [1, 2, 3, 4, 5].map((id) => changed(id, 1000 - id));
const asc = { id: 'asc' };

const watermark = async (file: string): Promise<unknown> =>
  JSON.parse(String((await values(file, 'SELECT watermark FROM _xano.resources'))[0]));

/** Does something to the rows while the n-th content search (from 0) is answered. */
function during(xano: LocalXano, nth: number, change: () => void): void {
  const rewrite = (body: string) => {
    change();
    return body;
  };
  xano.fail({ path: '/content/search', skip: nth, answer: { kind: 'rewrite', rewrite } });
}

describe('the first load', () => {
  it('asks for the highest value, reads everything, and remembers that value', async () => {
    const { xano, file, load } = await openOffice({ rows: FIVE, ...NO_LAG });
    const first = await load();
    expect(searches(xano.requests)).toEqual([
      { page: 1, per_page: 1, sort: { updated_at: 'desc' } },
      { page: 1, per_page: 3, sort: asc },
      { page: 1, per_page: 1, sort: { id: 'desc' } },
      { page: 1, per_page: 3, sort: asc, search: [{ 'id|>': 3 }, { 'id|<': 6 }] },
      { page: 1, per_page: 1, sort: asc, search: [{ 'id|<': 6 }] },
    ]);
    expect(first.onlyTable).toMatchObject({
      write_disposition: 'merge',
      completeness: 'proved',
      rows_total: 5,
    });
    expect(await watermark(file)).toEqual({
      column: 'updated_at',
      type: 'TIMESTAMPTZ',
      value: String(ago(995)),
    });
  });

  it('of an empty table remembers no value, and the next load reads everything', async () => {
    const { xano, rows, file, load } = await openOffice({ rows: [], ...NO_LAG });
    await load();
    expect(await values(file, 'SELECT watermark FROM _xano.resources')).toEqual([null]);
    insertRow(rows, changed(1, 90_000));
    const second = await load();
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_total: 1 });
    expect(searches(xano.requests)).toEqual([
      { page: 1, per_page: 1, sort: { updated_at: 'desc' } },
      { page: 1, per_page: 3, sort: asc },
    ]);
  });
});

describe('the next load', () => {
  it('asks by key and by time at once, page after page', async () => {
    const { xano, rows, file, load } = await openOffice({ rows: FIVE, ...NO_LAG });
    await load();
    for (const id of [1, 2, 3, 4, 6, 7, 8]) {
      if (id < 6) updateRow(rows, changed(id, 100 - id, `new ${id}`));
      else insertRow(rows, changed(id, 100 - id, `new ${id}`));
    }
    const second = await load();
    const window = [{ 'updated_at|>': ago(995) - 1 }, { 'updated_at|<': ago(92) + 1 }];
    expect(searches(xano.requests)).toEqual([
      { page: 1, per_page: 1, sort: { updated_at: 'desc' }, search: [window[0]] },
      { page: 1, per_page: 3, sort: asc, search: window },
      { page: 1, per_page: 1, sort: { id: 'desc' }, search: window },
      { page: 1, per_page: 3, sort: asc, search: [...window, { 'id|>': 3 }, { 'id|<': 9 }] },
      { page: 1, per_page: 3, sort: asc, search: [...window, { 'id|>': 6 }, { 'id|<': 9 }] },
      { page: 1, per_page: 1, sort: asc, search: [...window, { 'id|<': 9 }] },
      // Against the whole table: what is gone, and what came with an old time.
      { page: 1, per_page: 1, sort: { id: 'desc' } },
      { page: 1, per_page: 1, sort: asc, search: [{ 'id|<': 9 }] },
    ]);
    expect(second.onlyTable).toMatchObject({
      completeness: 'proved',
      rows_read: 8,
      rows_expected: 8,
      rows_total: 8,
    });
    expect(await alive(file)).toEqual([
      [1, 'new 1'],
      [2, 'new 2'],
      [3, 'new 3'],
      [4, 'new 4'],
      [5, 'item 5'],
      [6, 'new 6'],
      [7, 'new 7'],
      [8, 'new 8'],
    ]);
    expect(await watermark(file)).toEqual({
      column: 'updated_at',
      type: 'TIMESTAMPTZ',
      value: String(ago(92)),
    });
  });

  it('reads a row that changed in the very millisecond of the remembered value', async () => {
    const { rows, file, load } = await openOffice({ rows: FIVE, ...NO_LAG });
    await load();
    updateRow(rows, changed(2, 995, 'same time'));
    await load();
    expect((await alive(file))[1]).toEqual([2, 'same time']);
  });

  it('begins at the last value minus the lag, and not a millisecond earlier', async () => {
    const { rows, file, load } = await openOffice({
      rows: FIVE,
      incremental: { column: 'updated_at', lag_ms: 60_000 },
    });
    await load();
    updateRow(rows, changed(1, 995 + 60, 'late'));
    updateRow(rows, rowFromJson(JSON.stringify({ id: 2, name: 'too late', updated_at: ago(995 + 60) - 1 })));
    await load();
    expect(await alive(file)).toEqual([
      [1, 'late'],
      [2, 'item 2'],
      [3, 'item 3'],
      [4, 'item 4'],
      [5, 'item 5'],
    ]);
  });

  it('begins ten minutes before the last value by default', async () => {
    const { xano, load } = await openOffice({ rows: FIVE, incremental: { column: 'updated_at' } });
    await load();
    await load();
    expect(searches(xano.requests)[0]).toMatchObject({ search: [{ 'updated_at|>': ago(995 + 600) - 1 }] });
  });

  it('keeps the value where nothing is new', async () => {
    const { rows, file, load } = await openOffice({ rows: FIVE, ...NO_LAG });
    await load();
    // Both rows of the last millisecond are gone: nothing is left in the window.
    deleteRow(rows, 5n);
    const second = await load();
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_deleted: 1 });
    expect(await watermark(file)).toEqual({
      column: 'updated_at',
      type: 'TIMESTAMPTZ',
      value: String(ago(995)),
    });
  });
});

describe('a row that changes while it is read', () => {
  it('is left to the next load, which reads it', async () => {
    const { xano, rows, file, load } = await openOffice({ rows: FIVE, ...NO_LAG });
    await load();
    for (const id of [1, 2, 3, 4]) updateRow(rows, changed(id, 100, `new ${id}`));
    // While the first page is answered: the row leaves the window before it is read.
    during(xano, 1, () => updateRow(rows, changed(4, 50, 'newer 4')));
    const second = await load();
    expect(second.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', rows_deleted: 0 });
    expect(await watermark(file)).toEqual({
      column: 'updated_at',
      type: 'TIMESTAMPTZ',
      value: String(ago(100)),
    });
    await load();
    expect((await alive(file))[3]).toEqual([4, 'newer 4']);
  });

  it('is not lost where it is new', async () => {
    const { xano, rows, file, load } = await openOffice({ rows: FIVE, ...NO_LAG });
    await load();
    for (const id of [1, 2, 3]) updateRow(rows, changed(id, 100));
    insertRow(rows, changed(6, 100));
    during(xano, 1, () => updateRow(rows, changed(6, 50, 'newer 6')));
    const second = await load();
    expect(second.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', rows_total: 6 });
    expect((await alive(file))[5]).toEqual([6, 'newer 6']);
  });

  it('is read again by the next load where it changed in the first one', async () => {
    const { xano, rows, file, load } = await openOffice({ rows: FIVE, ...NO_LAG });
    during(xano, 2, () => updateRow(rows, changed(1, 10, 'changed')));
    await load();
    expect((await alive(file))[0]).toEqual([1, 'item 1']);
    await load();
    expect((await alive(file))[0]).toEqual([1, 'changed']);
  });
});

describe('the incremental column', () => {
  const next = (fields: readonly LocalField[], column: string) => ({
    fields,
    incremental: { column },
  });
  const dated = (id: number, day: string | null, name = `item ${id}`) =>
    rowFromJson(JSON.stringify({ id, name, day }));
  const DAYS = [field('id', 'int'), field('name', 'text'), nullable('day', 'date')];

  it('may be a date: the last day is read again', async () => {
    const list = [dated(1, '2026-11-18'), dated(2, '2026-11-19')];
    const { xano, rows, file, load } = await openOffice({ rows: list, ...next(DAYS, 'day') });
    await load();
    expect(await watermark(file)).toEqual({ column: 'day', type: 'DATE', value: '"2026-11-19"' });
    updateRow(rows, dated(1, '2026-11-19', 'same day'));
    insertRow(rows, dated(3, '2026-11-20'));
    await load();
    expect(searches(xano.requests)[1]).toMatchObject({
      search: [{ 'day|>': '2026-11-18' }, { 'day|<': '2026-11-21' }],
    });
    expect(await alive(file)).toEqual([
      [1, 'same day'],
      [2, 'item 2'],
      [3, 'item 3'],
    ]);
  });

  it('may be a date in the far future, which hides nothing', async () => {
    const { xano, rows, file, load } = await openOffice({
      rows: [dated(1, '9999-12-31'), dated(2, '2026-11-19')],
      ...next(DAYS, 'day'),
    });
    await load();
    expect(await watermark(file)).toEqual({ column: 'day', type: 'DATE', value: '"2026-11-21"' });
    updateRow(rows, dated(2, '2026-11-21', 'today'));
    updateRow(rows, dated(1, '9999-12-31', 'for ever'));
    await load();
    expect(searches(xano.requests)[1]).toMatchObject({ search: [{ 'day|>': '2026-11-20' }] });
    expect(await alive(file)).toEqual([
      [1, 'for ever'],
      [2, 'today'],
    ]);
  });

  it('may be a whole number beyond 2^53', async () => {
    const fields = [field('id', 'int'), field('name', 'text'), nullable('version', 'int')];
    const versioned = (id: number, version: string, name = `item ${id}`) =>
      rowFromJson(`{"id":${id},"name":"${name}","version":${version}}`);
    const list = [versioned(1, '9007199254740993'), versioned(2, '5')];
    const { xano, rows, file, load } = await openOffice({ rows: list, ...next(fields, 'version') });
    await load();
    updateRow(rows, versioned(1, '9007199254740993', 'same'));
    updateRow(rows, versioned(2, '9007199254740995', 'newer'));
    await load();
    expect(searches(xano.requests)[1]).toMatchObject({
      search: [{ 'version|>': '9007199254740992' }, { 'version|<': '9007199254740996' }],
    });
    expect(await alive(file)).toEqual([
      [1, 'same'],
      [2, 'newer'],
    ]);
    expect(await watermark(file)).toEqual({ column: 'version', type: 'BIGINT', value: '9007199254740995' });
  });

  it('may be missing in some rows, whose changes the counts reveal', async () => {
    const none = (id: number) => rowFromJson(JSON.stringify({ id, name: `item ${id}`, updated_at: null }));
    const { xano, rows, file, load } = await openOffice({
      rows: [none(1), changed(2, 900), none(3)],
      ...NO_LAG,
    });
    const first = await load();
    expect(searches(xano.requests).slice(0, 2)).toEqual([
      // The server sorts rows without a value first.
      { page: 1, per_page: 1, sort: { updated_at: 'desc' } },
      {
        page: 1,
        per_page: 1,
        sort: { updated_at: 'desc' },
        search: [{ 'updated_at|>': Number.MIN_SAFE_INTEGER }],
      },
    ]);
    expect(first.onlyTable).toMatchObject({ completeness: 'proved', rows_total: 3 });
    insertRow(rows, none(4));
    const second = await load();
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_total: 4 });
    expect(await alive(file)).toEqual([1, 2, 3, 4].map((id) => [id, `item ${id}`]));
  });

  it('may be missing in all rows: each load reads everything', async () => {
    const none = (id: number, name = `item ${id}`) =>
      rowFromJson(JSON.stringify({ id, name, updated_at: null }));
    const { rows, file, load } = await openOffice({ rows: [none(1), none(2)], ...NO_LAG });
    await load();
    expect(await values(file, 'SELECT watermark FROM _xano.resources')).toEqual([null]);
    updateRow(rows, none(1, 'changed'));
    await load();
    expect(await alive(file)).toEqual([
      [1, 'changed'],
      [2, 'item 2'],
    ]);
  });

  it('may hold values in the future: the next load begins at the present', async () => {
    const { rows, file, load } = await openOffice({
      rows: [changed(1, -999_999), changed(2, 900)],
      ...NO_LAG,
    });
    await load();
    expect(await watermark(file)).toEqual({ column: 'updated_at', type: 'TIMESTAMPTZ', value: String(NOON) });
    updateRow(rows, changed(1, -999_999, 'future'));
    updateRow(rows, changed(2, 0, 'now'));
    const second = await load();
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_read: 2 });
    expect(await alive(file)).toEqual([
      [1, 'future'],
      [2, 'now'],
    ]);
  });

  it('may be another column than before: the load reads everything', async () => {
    const fields = [...CHANGED_FIELDS, field('version', 'int')];
    const both = (id: number, seconds: number, version: number) =>
      rowFromJson(JSON.stringify({ id, name: `item ${id}`, updated_at: ago(seconds), version }));
    const setting = { fields, incremental: { column: 'updated_at', lag_ms: 0 } };
    const { rows, file, load } = await openOffice({ rows: [both(1, 900, 7), both(2, 800, 8)], ...setting });
    await load();
    setting.incremental.column = 'version';
    updateRow(rows, both(1, 900, 5));
    const second = await load();
    expect(second.onlyTable).toMatchObject({ completeness: 'proved', rows_read: 2 });
    expect(await query(file, 'SELECT id, version FROM xano_data.items ORDER BY id')).toEqual([
      { id: '1', version: '5' },
      { id: '2', version: '8' },
    ]);
    expect(await watermark(file)).toEqual({ column: 'version', type: 'BIGINT', value: '8' });
    expect(eventsOf(second, 'read_differently')).toEqual([]);
  });
});
