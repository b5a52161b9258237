/** The benchmark's server must answer as the local Xano does: otherwise it would measure something else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeRecords, loadFile, recordsOf, repeatedRecords } from '../../bench/records.js';
import { browse, isRefusal, pageText, readPage, type ServedRecords, search } from '../../bench/search.js';
import { idAt } from '../../bench/sets.js';
import { defineTable, defineWorkspace, field } from '../../src/sandbox/data/define.js';
import { rowFromJson, rowsOf } from '../../src/sandbox/data/rows.js';
import { type LocalXano, startLocalXano } from '../../src/sandbox/server.js';

const ROWS = 230;
const LIMITS = { max: 100, clamp: false };
const folder = mkdtempSync(join(tmpdir(), 'bench-search-'));
const file = join(folder, 'rows.ndjson');

const rowText = (place: number): string =>
  `{"id":${idAt(place, 'some')},"updated_at":${1_700_000_000_000 + ((place * 7919) % 1000) * 60_000},"price":${place}.25,"name":"Zoë, {\\"${place}\\"}"}`;
const texts = Array.from({ length: ROWS }, (_, place) => rowText(place));

const load = (): ServedRecords => ({
  records: recordsOf(loadFile(file, 'some', ROWS), 0, ROWS),
  version: 0,
});

let xano: LocalXano;
beforeAll(async () => {
  writeFileSync(file, `${texts.join('\n')}\n`);
  const schema = [
    field('id', 'int'),
    field('updated_at', 'timestamp'),
    field('price', 'decimal'),
    field('name', 'text'),
  ];
  const table = defineTable(1, 'rows', schema, { live: rowsOf(texts.map(rowFromJson)) });
  const workspace = defineWorkspace(1, 'bench', '', [table]);
  const instance = { name: 'x', display: 'x', rate_limit: false, workspaces: [workspace] };
  xano = await startLocalXano({ instances: [instance], max_per_page: LIMITS.max });
});
afterAll(async () => {
  await xano.close();
  rmSync(folder, { recursive: true });
});

async function local(path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${xano.token}` };
  const url = `${xano.instances[0]!.meta_api}/workspace/1/table/1/${path}`;
  const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(url, init);
  return answer.status === 200 ? await answer.text() : answer.status;
}

function ours(table: ServedRecords, body: unknown): string | number {
  const found = search(table, JSON.stringify(body), LIMITS);
  return isRefusal(found) ? 400 : pageText(found).map(String).join('');
}

const id = (place: number): number => idAt(place, 'some');
const times = [{ 'updated_at|>': 1_700_000_600_000 }, { 'updated_at|<': 1_700_030_000_000 }];

describe('the data server of the benchmark', () => {
  it.each([
    ['nothing at all', {}],
    ['a page', { page: 2, per_page: 100, sort: { id: 'asc' } }],
    ['the last page', { page: 3, per_page: 100, sort: { id: 'asc' } }],
    ['a page beyond the end', { page: 9, per_page: 100 }],
    ['a page that is too large', { per_page: 101 }],
    ['no page number', { page: 0 }],
    ['keys above', { per_page: 50, sort: { id: 'asc' }, search: [{ 'id|>': id(96) }] }],
    ['keys between', { per_page: 50, sort: { id: 'asc' }, search: [{ 'id|>': id(10) }, { 'id|<': id(60) }] }],
    ['keys in a gap', { sort: { id: 'asc' }, search: [{ 'id|>': id(96) + 3 }, { 'id|<': id(97) - 3 }] }],
    ['keys from and to', { sort: { id: 'asc' }, search: [{ 'id|>=': id(10) }, { 'id|<=': String(id(12)) }] }],
    ['one key', { sort: { id: 'asc' }, search: { id: id(10) } }],
    ['the highest key', { page: 1, per_page: 1, sort: { id: 'desc' } }],
    [
      'the highest keys below one',
      { page: 2, per_page: 5, sort: { id: 'desc' }, search: [{ 'id|<': id(50) }] },
    ],
    ['the latest change', { page: 1, per_page: 1, sort: { updated_at: 'desc' } }],
    ['the latest of some', { page: 1, per_page: 1, sort: { updated_at: 'desc' }, search: times }],
    ['changed records', { per_page: 20, sort: { id: 'asc' }, search: times }],
    [
      'changed records, above a key',
      { per_page: 20, sort: { id: 'asc' }, search: [...times, { 'id|>': id(99) }] },
    ],
    [
      'changed records, below a key',
      { per_page: 1, sort: { id: 'asc' }, search: [...times, { 'id|<': id(99) }] },
    ],
    ['changes in their order', { per_page: 30, page: 2, sort: { updated_at: 'asc' } }],
    ['a column that is not there', { search: { 'nope|>': 1 } }],
    ['an order that is none', { sort: { id: 'up' } }],
  ])('answers a search for %s', async (_, body) => {
    expect(ours(load(), body)).toEqual(await local('content/search', body));
  });

  it('answers the plain list', async () => {
    const asked = readPage('2', '60', LIMITS);
    expect(isRefusal(asked)).toBe(false);
    const found = browse(load(), asked as { page: number; per_page: number });
    expect(pageText(found).map(String).join('')).toEqual(await local('content?page=2&per_page=60'));
  });

  it('serves changed records with their new values, and finds them by those values', () => {
    const loaded = loadFile(file, 'some', ROWS);
    const table: ServedRecords = { records: recordsOf(loaded, 0, ROWS), version: 0 };
    const body = { sort: { id: 'asc' }, search: [{ 'updated_at|>': 1_800_000_000_000 }] };
    expect(ours(table, body)).toContain('"itemsTotal":0');
    expect(changeRecords(loaded, [3, 200], (nth) => 1_800_000_000_001 + nth)).toBe(2);
    table.version++;
    const rows = (JSON.parse(ours(table, body) as string) as { items: object[] }).items;
    expect(rows).toMatchObject([
      { id: id(3), updated_at: 1_800_000_000_001, price: 3.26 },
      { id: id(200), updated_at: 1_800_000_000_002, price: 200.26 },
    ]);
  });

  it('repeats records with ids of their own', () => {
    const table: ServedRecords = { records: repeatedRecords(loadFile(file, 'some', ROWS), 1000), version: 0 };
    const body = { per_page: 100, sort: { id: 'asc' }, search: [{ 'id|>': id(ROWS - 3) }] };
    const { items, itemsTotal } = JSON.parse(ours(table, body) as string) as {
      items: { id: number; price: number }[];
      itemsTotal: number;
    };
    expect(itemsTotal).toBe(1000 - ROWS + 2);
    expect(items.map((row) => row.id)).toEqual(Array.from({ length: 100 }, (_, nth) => id(ROWS - 2 + nth)));
    expect(items.slice(0, 4).map((row) => row.price)).toEqual([ROWS - 1.75, ROWS - 0.75, 0.25, 1.25]);
  });
});
