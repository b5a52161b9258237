/**
 * Bytes as a server sends them, read and stored, are what JSON.parse says of them, or are kept aside as they
 * were sent.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDestination, queryFile } from '../../../src/destinations/open.js';
import { readRecords } from '../../../src/rest/decode/records.js';
import type { ColumnType } from '../../../src/table/column.js';
import { expected, expectedList, valueFor } from '../../rest/decode/fitting.js';
import { bracketed, choices, spellText } from '../../rest/decode/spelling.js';
import { column, plan, publication, tempFolder } from '../writing.js';

const TYPES: readonly ColumnType[] = [
  'BIGINT',
  'DOUBLE',
  'VARCHAR',
  'BOOLEAN',
  'TIMESTAMPTZ',
  'DATE',
  'UUID',
  'JSON',
];
const COLUMNS = [
  column('id', 'BIGINT'),
  ...TYPES.flatMap((type) => [column(`é ${type}`, type), column(`list ${type}`, type, { list: true })]),
  column('vector', 'FLOAT', { list: true, size: 2 }),
  column('vectors', 'FLOAT', { list: true, size: 2, list_of_vectors: true }),
  column('ragged vectors', 'FLOAT', { list: true, list_of_vectors: true }),
];

/** A row as [key, value] pairs of JSON text, in random order, some keys missing. */
const anyRow = fc
  .tuple(
    ...COLUMNS.slice(1).map(({ type, list, ...more }) =>
      fc.option(valueFor(type, list, more), { freq: 6, nil: undefined }),
    ),
  )
  .chain((values) => {
    const members = COLUMNS.slice(1).flatMap(({ name }, i) =>
      values[i] === undefined ? [] : [{ name, raw: values[i] }],
    );
    return fc.shuffledSubarray(members, { minLength: members.length });
  });

/** 0 and -0 are one number: DuckDB stores a column of nothing but zeros as one constant, of either sign. */
const unsigned = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(unsigned) : value === 0 ? 0 : value;

/** How a column is read back so that nothing is lost on the way to the test. */
function select({ type, name, list, list_of_vectors }: (typeof COLUMNS)[number]): string {
  const one = (x: string): string =>
    type === 'TIMESTAMPTZ'
      ? `epoch_ms(${x})`
      : type === 'DOUBLE' || type === 'FLOAT'
        ? `${x}::DOUBLE`
        : type === 'BOOLEAN'
          ? x
          : `${x}::VARCHAR`;
  const quoted = `"${name}"`;
  const inner = (x: string): string => `list_transform(${x}::${type}[], lambda x: ${one('x')})`;
  const whole =
    list_of_vectors === true
      ? `list_transform(${quoted}::${type}[][], lambda y: ${inner('y')})`
      : list
        ? inner(quoted)
        : one(quoted);
  return `${whole} AS "${name}"`;
}

async function stored(
  file: string,
): Promise<{ rows: readonly Record<string, unknown>[]; rejects: unknown[] }> {
  const selects = COLUMNS.map(select).join(', ');
  const { rows } = await queryFile(file, `SELECT ${selects} FROM xano_data.shop ORDER BY "id"::BIGINT`);
  const rejects = await queryFile(file, 'SELECT row_key, "column", raw FROM _xano.rejects');
  return {
    rows: rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, unsigned(value)])),
    ),
    rejects: [...rejects.rows],
  };
}

const order = (rejects: readonly unknown[]): string[] =>
  rejects.map((reject) => JSON.stringify(reject)).toSorted();

describe('a sent value', () => {
  it('arrives exactly, or is kept aside exactly as it was sent', async () => {
    const folder = tempFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRow, { minLength: 1, maxLength: 12 }),
        fc.array(fc.constantFrom('', ' ', '\n', '\t '), { maxLength: 4 }),
        choices,
        async (rows, spaces, how) => {
          const file = join(folder, `${run++}.duckdb`);
          const space = (i: number): string => spaces[i % Math.max(1, spaces.length)] ?? '';
          const texts = rows.map((members, id) => {
            const inner = [{ name: 'id', raw: String(id) }, ...members].map(
              ({ name, raw }, i) =>
                `${space(i)}${i === 0 ? '"id"' : spellText(name, id % 3 === 0 ? how : [])}${space(i + 1)}:${space(i + 2)}${raw}${space(i)}`,
            );
            return `{${inner.join(',')}}`;
          });
          const body = Buffer.from(`{"items":${bracketed('[', texts, ']', spaces)},"nextPage":null}`);
          const shape = { columns: COLUMNS.map((c) => ({ ...c, inferred: false })), key: 'id', excluded: [] };
          const page = readRecords(body, 'items', shape);
          expect({ count: page.count, drift: page.drift.size }).toEqual({ count: rows.length, drift: 0 });

          const destination = await openDestination(file);
          try {
            const writer = await destination.openTarget(plan({ target: { columns: COLUMNS } }));
            await writer.write(page, null);
            expect(await writer.staged()).toEqual({
              rows: rows.length,
              distinct_keys: rows.length,
              keyless_rows: 0,
            });
            await writer.commit(publication());
          } finally {
            await destination.close();
          }

          const want = { rows: [] as Record<string, unknown>[], rejects: [] as unknown[] };
          for (const [id, members] of rows.entries()) {
            const row: Record<string, unknown> = Object.fromEntries(COLUMNS.map(({ name }) => [name, null]));
            row['id'] = String(id);
            for (const { name, raw } of members) {
              const { type, list, size, list_of_vectors } = COLUMNS.find((c) => c.name === name)!;
              const fit = list ? expectedList(type, raw, size, list_of_vectors) : expected(type, raw);
              if (fit.fits) row[name] = unsigned(fit.value);
              else want.rejects.push({ row_key: String(id), column: name, raw });
            }
            want.rows.push(row);
          }
          const got = await stored(file);
          expect(got.rows).toEqual(want.rows);
          expect(order(got.rejects)).toEqual(order(want.rejects));
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  it('arrives when it is nested 200 and 100,000 levels deep', async () => {
    const file = join(tempFolder(), 'x.duckdb');
    const columns = [column('id', 'BIGINT'), column('j', 'JSON'), column('l', 'JSON', { list: true })];
    const deep = [99, 101, 200, 100_000].flatMap((depth) => [
      '['.repeat(depth) + ']'.repeat(depth),
      `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
    ]);
    const body = `[${deep.map((json, id) => `{"id":${id},"j":${json},"l":[${json}]}`).join(',')}]`;
    const shape = { columns: columns.map((c) => ({ ...c, inferred: false })), key: 'id', excluded: [] };
    const page = readRecords(Buffer.from(body), '', shape);
    const destination = await openDestination(file);
    const writer = await destination.openTarget(plan({ target: { columns } }));
    await writer.write(page, null);
    await writer.staged();
    await writer.commit(publication());
    await destination.close();
    const { rows } = await queryFile(
      file,
      'SELECT j::VARCHAR AS j, (l[1])::VARCHAR AS l FROM xano_data.shop ORDER BY id',
    );
    expect(rows.map(({ j, l }, i) => [j === deep[i], l === deep[i]])).toEqual(deep.map(() => [true, true]));
  });

  it('never reaches the disk where its column is excluded', async () => {
    const folder = tempFolder();
    const destination = await openDestination(join(folder, 'x.duckdb'));
    const columns = [column('id', 'BIGINT'), column('name', 'VARCHAR')];
    const shown = 'shown, '.repeat(200_000);
    const body = Buffer.from(
      `{"items":[{"id":1,"password":"hash-one","name":5},{"id":2,"name":"b","name":"${shown}","password":{"x":"hash-two"}},{"name":1,"id":3,"password":"hash-three","name":2}]}`,
    );
    const shape = {
      columns: columns.map((c) => ({ ...c, inferred: false })),
      key: 'id',
      excluded: ['password'],
    };
    const onDisk = (): string =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
        .join();
    const writer = await destination.openTarget(plan({ target: { columns } }));
    await writer.write(readRecords(body, 'items', shape), null);
    // So much that it is on its way into DuckDB at once.
    expect(onDisk()).toContain('shown, shown');
    expect(onDisk()).not.toContain('hash-');
    await writer.staged();
    expect(onDisk()).not.toContain('hash-');
    await writer.commit(publication());
    await destination.close();
    expect(onDisk()).toContain('shown');
    expect(onDisk()).not.toContain('hash-');
    const { rows } = await queryFile(
      join(folder, 'x.duckdb'),
      'SELECT id, name FROM xano_data.shop ORDER BY id',
    );
    expect(rows).toEqual([
      { id: '1', name: null },
      { id: '2', name: shown },
      { id: '3', name: null },
    ]);
  });
});
