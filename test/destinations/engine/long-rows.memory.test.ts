/** Rows of megabytes, published: in parts of what is held in memory, once and for tables side by side. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDestination, queryFile } from '../../../src/destinations/open.js';
import { column, plan, publication, records, tempFolder } from '../writing.js';

describe('rows that are megabytes long', () => {
  const COLUMNS = [column('id', 'BIGINT'), column('text', 'VARCHAR')];
  /** Texts that do not compress. */
  const text = (bytes: number): string => randomBytes(bytes / 2).toString('hex');

  it.each<['replace' | 'merge', number, number]>([
    // More than what is held in memory while rows are copied; a key that came twice takes a sort of all of
    // them.
    ['replace', 40, 8_000_000],
    ['merge', 12, 20_000_000],
  ])(
    'are published by %s: %d rows of %d bytes, one of them twice',
    async (write_disposition, n, bytes) => {
      const file = join(tempFolder(), 'x.duckdb');
      const one = text(bytes - 8);
      const row = (id: number) => records([{ id, text: `${String(id).padStart(8, '0')}${one}` }]);
      const destination = await openDestination(file);
      try {
        const writer = await destination.openTarget(
          plan({ write_disposition, target: { columns: COLUMNS } }),
        );
        for (let id = 1; id <= n; id++) await writer.write(row(id), { id });
        await writer.write(row(1), { id: 1 });
        expect(await writer.staged()).toMatchObject({ rows: n + 1, distinct_keys: n });
        await writer.commit(publication('load-1', n));
      } finally {
        await destination.close();
      }
      const { rows } = await queryFile(
        file,
        `SELECT count(*)::INT AS n, count(DISTINCT id)::INT AS ids, bool_and(length(text) = ${bytes}) AS whole, bool_and(left(text, 8)::INT = id) AS own FROM xano_data.shop`,
      );
      expect(rows).toEqual([{ n, ids: n, whole: true, own: true }]);
    },
    180_000,
  );

  it('are loaded and published for four tables side by side', async () => {
    const file = join(tempFolder(), 'x.duckdb');
    const destination = await openDestination(file);
    const one = text(999_992);
    const load = async ([name, n]: readonly [string, number]) => {
      const target = { name, columns: COLUMNS };
      const origin = { workspace_id: 1, table_id: name };
      const own = plan({ resource: name, identity: `host/${name}`, origin, target });
      const writer = await destination.openTarget(own);
      for (let id = 1; id <= n; id++)
        await writer.write(records([{ id, text: `${String(id).padStart(8, '0')}${one}` }]), { id });
      await writer.staged();
      return writer.commit(publication('load-1', n));
    };
    const tables = [
      ['a', 100],
      ['b', 100],
      ['c', 20],
      ['d', 20],
    ] as const;
    try {
      const published = await Promise.all(tables.map(load));
      expect(published.map(({ rows_total }) => rows_total)).toEqual([100, 100, 20, 20]);
    } finally {
      await destination.close();
    }
    for (const [name, n] of tables) {
      const { rows } = await queryFile(
        file,
        `SELECT count(DISTINCT id)::INT AS ids, bool_and(length(text) = 1000000 AND left(text, 8)::INT = id) AS whole FROM xano_data.${name}`,
      );
      expect(rows).toEqual([{ ids: n, whole: true }]);
    }
  }, 180_000);
});
