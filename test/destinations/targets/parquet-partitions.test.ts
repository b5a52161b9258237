/**
 * Tables with partitions in a Parquet folder: which files there are, which are written again, what readers
 * see.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Destination, TargetPlan } from '../../../src/destinations/destination.js';
import { openDestination, queryFile, readSchema, readStatus } from '../../../src/destinations/open.js';
import type { Column } from '../../../src/table/column.js';
import type { Partition } from '../../../src/table/partition.js';
import { rejectionOf } from '../../rest/decode/reading.js';
import { sql } from '../duckdb.js';
import { column, type PlanChoices, plan, publication, records, report, tempFolder } from '../writing.js';

const COLUMNS = [
  column('id', 'BIGINT'),
  column('at', 'TIMESTAMPTZ'),
  column('v', 'FLOAT', { list: true, size: 2 }),
];
const MONTH: Partition = { unit: 'month', column: 'at' };
const [JAN, FEB, MAR] = ['2026-01-05', '2026-02-05', '2026-03-05'].map((day) => Date.parse(day));

interface Folder {
  readonly to: string;
  readonly folder: string;
  readonly hive: string;
  readonly destination: Promise<Destination>;
}

function aFolder(): Folder {
  const folder = join(tempFolder(), 'out');
  const destination = openDestination(`${folder}/`);
  onTestFinished(async () => (await destination).close());
  return { to: `${folder}/`, folder, hive: join(folder, 'xano_data', 'shop'), destination };
}

let loads = 0;

/** A plan with partitions, of a load later than all before. */
function by(partition_by: Partition | undefined, more: PlanChoices = {}): TargetPlan {
  return plan({
    load_id: `load-${++loads}`,
    write_disposition: 'merge',
    partition_by,
    ...more,
    target: { columns: COLUMNS, ...more.target },
  });
}

async function load(place: Folder, of: TargetPlan, rows: readonly (object | string)[], is_all = false) {
  const writer = await (await place.destination).openTarget(of);
  await writer.write(records(rows, [], of.target.columns), null);
  await writer.staged();
  const said = publication(of.load_id);
  const finished_at = new Date(Date.UTC(2026, 5, 1) + loads * 1000).toISOString();
  return writer.commit({
    ...said,
    complete_ranges: is_all ? [{}] : [],
    report: { ...said.report, ...report(of.load_id, { finished_at }) },
  });
}

/** What lies in the Hive folders: the parts, each with the number of its file. */
const partsIn = (place: Folder): Record<string, number> =>
  Object.fromEntries(
    readdirSync(place.hive)
      .toSorted()
      .map((part) => [part, statSync(join(place.hive, part, 'shop.parquet')).ino]),
  );

/** Rows as readers of Hive folders find them, with their partition. */
const globbed = async (place: Folder, key = 'at_month') =>
  sql(
    ':memory:',
    `SELECT id::INT AS id, ${key}::VARCHAR AS part FROM read_parquet('${place.hive}/*/*.parquet', hive_partitioning = true) ORDER BY id`,
  );

const idsOf = async (place: Folder) =>
  (await queryFile(place.to, 'SELECT id::INT AS id FROM shop ORDER BY id')).rows.map(({ id }) => id);

describe('a table with partitions in a Parquet folder', () => {
  it('has a Hive folder for each month, and one for rows without a time', async () => {
    const place = aFolder();
    await load(place, by(MONTH), [
      { id: 1, at: JAN, v: [1, -0] },
      { id: 2, at: JAN! + 86_400_000 },
      { id: 3, at: Date.parse('2026-01-31T23:59:59.999Z') },
      { id: 4, at: FEB },
      { id: 5, at: null },
      { id: 6, at: Date.parse('-000043-03-15') },
    ]);
    expect(Object.keys(partsIn(place))).toEqual([
      'at_month=-43-03',
      'at_month=2026-01',
      'at_month=2026-02',
      'at_month=__HIVE_DEFAULT_PARTITION__',
    ]);
    expect(await globbed(place)).toEqual([
      { id: 1, part: '2026-01' },
      { id: 2, part: '2026-01' },
      { id: 3, part: '2026-01' },
      { id: 4, part: '2026-02' },
      { id: 5, part: null },
      { id: 6, part: '-43-03' },
    ]);
    expect(await idsOf(place)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await readStatus(place.to)).tables).toMatchObject([{ table: 'shop', rows: 6 }]);
    const [table] = await readSchema(place.to);
    expect(table?.columns?.map(({ name }) => name)).toEqual(['id', 'at', 'v']);
    expect(existsSync(join(place.folder, 'xano_data', 'shop.parquet'))).toBe(false);
  });

  it.each([
    ['year', ['at_year=2026', 'at_year=2027']],
    ['day', ['at_day=2026-01-05', 'at_day=2027-01-01']],
  ] as const)('may have one for each %s', async (unit, folders) => {
    const place = aFolder();
    const columns = [column('id', 'BIGINT'), column('at', 'DATE')];
    const rows = [
      { id: 1, at: '2026-01-05' },
      { id: 2, at: '2027-01-01' },
    ];
    await load(place, by({ unit, column: 'at' }, { target: { columns } }), rows);
    expect(Object.keys(partsIn(place))).toEqual(folders);
    expect(await idsOf(place)).toEqual([1, 2]);
  });

  it.each(['merge', 'replace'] as const)(
    'replaces the parts whose rows changed, with %s',
    async (write_disposition) => {
      const place = aFolder();
      const rows = [
        { id: 1, at: JAN, v: [1, 2] },
        { id: 2, at: FEB, v: [1, 2] },
        { id: 3, at: MAR, v: [1, 2] },
      ];
      const zero = `{"id":3,"at":${MAR},"v":[1,-0.0]}`;
      const next = () => by(MONTH, { write_disposition });
      await load(place, next(), rows, true);
      const first = partsIn(place);
      await load(place, next(), rows, true);
      expect(partsIn(place)).toEqual(first);
      // One row moves to another month, and one changes.
      await load(place, next(), [{ ...rows[0]!, at: FEB }, rows[1]!, zero], true);
      const second = partsIn(place);
      expect(Object.keys(second)).toEqual(['at_month=2026-02', 'at_month=2026-03']);
      expect(Object.entries(second).filter(([part, inode]) => first[part] === inode)).toEqual([]);
      await load(place, next(), [rows[0]!, { ...rows[1]!, at: FEB }, zero], true);
      const third = partsIn(place);
      expect([third['at_month=2026-03'], third['at_month=2026-02'] === second['at_month=2026-02']]).toEqual([
        second['at_month=2026-03'],
        false,
      ]);
      expect(await globbed(place)).toEqual([
        { id: 1, part: '2026-01' },
        { id: 2, part: '2026-02' },
        { id: 3, part: '2026-03' },
      ]);
      const vectors = await queryFile(
        place.to,
        'SELECT id::INT AS id, v::VARCHAR AS v FROM shop ORDER BY id',
      );
      expect(vectors.rows.at(-1)).toEqual({ id: 3, v: '[1.0, -0.0]' });
    },
  );

  it('marks a row in its part alone', async () => {
    const place = aFolder();
    const rows = [
      { id: 1, at: JAN },
      { id: 2, at: JAN },
      { id: 3, at: FEB },
    ];
    await load(place, by(MONTH), rows, true);
    const before = partsIn(place);
    expect(await load(place, by(MONTH), [rows[0]!, rows[2]!], true)).toMatchObject({ rows_deleted: 1 });
    const after = partsIn(place);
    expect([after['at_month=2026-02'], after['at_month=2026-01'] === before['at_month=2026-01']]).toEqual([
      before['at_month=2026-02'],
      false,
    ]);
  });

  it('is written whole where its columns or its partition change, and where it has none any more', async () => {
    const place = aFolder();
    const rows = [
      { id: 1, at: JAN },
      { id: 2, at: FEB },
    ];
    await load(place, by(undefined), rows);
    await load(place, by(MONTH), []);
    expect(readdirSync(join(place.folder, 'xano_data'))).toEqual(['shop']);
    const more = { target: { columns: [...COLUMNS, column('n', 'BIGINT')] } };
    const first = partsIn(place);
    await load(place, by(MONTH, more), []);
    for (const [part, inode] of Object.entries(partsIn(place))) expect(inode).not.toBe(first[part]);
    await load(place, by({ unit: 'year', column: 'at' }, more), []);
    expect(Object.keys(partsIn(place))).toEqual(['at_year=2026']);
    expect(await globbed(place, 'at_year')).toEqual([
      { id: 1, part: '2026' },
      { id: 2, part: '2026' },
    ]);
    await load(place, by(undefined, more), [{ id: 3 }]);
    expect(readdirSync(join(place.folder, 'xano_data'))).toEqual(['shop.parquet']);
    expect([await idsOf(place), readdirSync(join(place.folder, '_xano'))]).toEqual([
      [1, 2, 3],
      ['loads.parquet', 'parts', 'servers.parquet'],
    ]);
  });

  it('keeps its columns where it has no rows', async () => {
    const place = aFolder();
    await load(place, by(MONTH), []);
    expect([await globbed(place), await idsOf(place)]).toEqual([[], []]);
    await load(place, by(MONTH), [{ id: 1, at: JAN }]);
    expect([Object.keys(partsIn(place)), await idsOf(place)]).toEqual([['at_month=2026-01'], [1]]);
  });

  it('names the partition so that no column has its name', async () => {
    const place = aFolder();
    const columns = [...COLUMNS, column('AT_MONTH', 'VARCHAR')];
    await load(place, by(MONTH, { target: { columns } }), [{ id: 1, at: JAN, AT_MONTH: 'x' }]);
    expect(await globbed(place, 'at_month_2')).toEqual([{ id: 1, part: '2026-01' }]);
  });

  it('follows a name that another table of the workspace takes, and its own new name', async () => {
    const place = aFolder();
    await load(place, by(MONTH), [{ id: 1, at: JAN }]);
    const second = { identity: 'host/2', origin: { workspace_id: 1, table_id: 2 } };
    await load(place, by(MONTH, second), [{ id: 2, at: FEB }]);
    expect(await globbed(place)).toEqual([{ id: 2, part: '2026-02' }]);
    const names = async () =>
      (await readStatus(place.to)).tables.map(({ table, origin }) => [table, origin?.['table_id']]);
    expect(await names()).toEqual([
      ['shop', 2],
      ['shop_1', 1],
    ]);
    expect((await queryFile(place.to, 'SELECT id::INT AS id FROM shop_1')).rows).toEqual([{ id: 1 }]);
    await load(place, by(MONTH, { ...second, target: { columns: COLUMNS, name: 'store' } }), [
      { id: 3, at: FEB },
    ]);
    expect([await names(), readdirSync(join(place.folder, 'xano_data'))]).toEqual([
      [
        ['shop_1', 1],
        ['store', 2],
      ],
      ['shop_1', 'store'],
    ]);
    expect((await queryFile(place.to, 'SELECT id::INT AS id FROM store ORDER BY id')).rows).toEqual([
      { id: 2 },
      { id: 3 },
    ]);
  });

  it('is read whole, and its folders are put right by the next load, where a load was killed between them', async () => {
    const place = aFolder();
    const kept = join(place.hive, 'at_month=2026-01', 'shop.parquet');
    await load(place, by(MONTH), [
      { id: 1, at: JAN },
      { id: 2, at: FEB },
    ]);
    const old = readFileSync(kept);
    await load(
      place,
      by(MONTH, { hard_delete: true }),
      [
        { id: 1, at: MAR },
        { id: 3, at: FEB },
      ],
      true,
    );
    // As if January had not been taken away yet, and March had not come.
    mkdirSync(join(place.hive, 'at_month=2026-01'));
    writeFileSync(kept, old);
    rmSync(join(place.hive, 'at_month=2026-03'), { recursive: true });
    expect([await idsOf(place), await globbed(place)]).toEqual([
      [1, 3],
      [
        { id: 1, part: '2026-01' },
        { id: 3, part: '2026-02' },
      ],
    ]);
    const next = await openDestination(place.to);
    await (await place.destination).close();
    await (await next.openTarget(by(MONTH))).abort({ keep: false });
    await next.close();
    expect(await globbed(place)).toEqual([
      { id: 1, part: '2026-03' },
      { id: 3, part: '2026-02' },
    ]);
  });

  it('shows a reader one whole load while parts are replaced', async () => {
    const place = aFolder();
    const rows = (n: number) =>
      Array.from({ length: 3_000 }, (_, id) => ({ id, at: JAN! + (id % 3) * 31 * 86_400_000, v: [n, n] }));
    await load(place, by(MONTH), rows(0));
    let is_done = false;
    const seen = new Set<unknown>();
    const reading = (async () => {
      while (!is_done) {
        const [row] = (
          await queryFile(
            place.to,
            'SELECT count(*)::INT AS n, count(DISTINCT v)::INT AS loads, min(v[1])::INT AS load FROM shop',
          )
        ).rows;
        expect(row).toMatchObject({ n: 3_000, loads: 1 });
        seen.add(row?.['load']);
      }
    })();
    for (const n of [1, 2, 3]) await load(place, by(MONTH), rows(n));
    is_done = true;
    await reading;
    expect(seen.size).toBeGreaterThan(1);
  });

  it.each([
    [
      'a file of others in the place of a part',
      (hive: string) => {
        mkdirSync(join(hive, 'at_month=2026-01'), { recursive: true });
        writeFileSync(join(hive, 'at_month=2026-01', 'shop.parquet'), 'mine');
      },
    ],
    ['a link in the place of its folder', (hive: string) => symlinkSync('..', hive)],
  ])('is refused where there is %s', async (_, make) => {
    const place = aFolder();
    mkdirSync(join(place.folder, 'xano_data'), { recursive: true });
    make(place.hive);
    const error = await rejectionOf(load(place, by(MONTH), [{ id: 1, at: JAN }]));
    expect([error.code, error.message]).toEqual([
      'DATABASE_FAILED',
      expect.stringMatching(/expected nothing, or a part of "shop"\.$/),
    ]);
    expect(await (await place.destination).recall()).toEqual([]);
  });

  const refused: [string, Partition, readonly Column[]][] = [
    ['not there', { unit: 'month', column: 'none' }, COLUMNS],
    ['not a time', { unit: 'month', column: 'id' }, COLUMNS],
    ['a list', { unit: 'month', column: 'at' }, [COLUMNS[0]!, column('at', 'DATE', { list: true })]],
    ['masked', { unit: 'month', column: 'at' }, [COLUMNS[0]!, column('at', 'DATE', { masked_as: 'null' })]],
  ];
  it.each(refused)('is refused by a column that is %s', async (_, partition, columns) => {
    const place = aFolder();
    const error = await rejectionOf(load(place, by(partition, { target: { columns } }), []));
    expect([error.code, error.message]).toEqual([
      'CONFIG_INVALID',
      `"shop" cannot have partitions by month(${partition.column}): it has no timestamp or date "${partition.column}".`,
    ]);
    expect(existsSync(join(place.folder, 'xano_data'))).toBe(false);
  });
});
