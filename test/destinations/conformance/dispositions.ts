/**
 * What every destination must do with rows that meet others: append, merge, and what it knows of a target
 * before.
 */
import { describe, expect, it } from 'vitest';
import type { Destination, KeySpan, Publication, TargetPlan } from '../../../src/destinations/destination.js';
import type { Reject } from '../../../src/table/column.js';
import { rejectionOf } from '../../rest/decode/reading.js';
import { column, disposition, plan, publication, records } from '../writing.js';
import { type Group, type Place, using } from './place.js';

/** One load: its rows, what did not fit, and what is told of it. */
interface Load {
  readonly rows: readonly (object | string)[];
  readonly rejects?: readonly Reject[];
  readonly more?: Partial<Publication>;
}

async function put(destination: Destination, of: TargetPlan, { rows, rejects = [], more = {} }: Load) {
  const writer = await destination.openTarget(of);
  await writer.write(records(rows, rejects, of.target.columns), null);
  await writer.staged();
  return writer.commit({ ...publication(of.load_id), ...more });
}

const merge = plan({ write_disposition: 'merge' });
const a = [
  { id: 1, name: 'a' },
  { id: 2, name: 'b' },
  { id: 3, name: 'c' },
];

const rowsOf = async (place: Place) => (await place.table('xano_data', 'shop'))?.rows.toSorted();

/** Those of the groups below that concern a disposition which the place can do. */
export const dispositionConformance: Group = (what, make, capabilities) => {
  const { dispositions } = capabilities;
  if (dispositions.includes('replace')) replaceConformance(what, make, capabilities);
  if (dispositions.includes('merge')) mergeConformance(what, make, capabilities);
  if (dispositions.includes('append')) appendConformance(what, make, capabilities);
  heldConformance(what, make, capabilities);
  if (!dispositions.includes('merge')) return;

  it(`${what} remembers how far a table was read`, async () => {
    const place = await make();
    const watermark = { column: 'updated_at', type: 'TIMESTAMPTZ', value: '1767225600000' } as const;
    await using(place, async (destination) => {
      await put(destination, merge, { rows: a, more: { watermark } });
      const writer = await destination.openTarget(merge);
      expect(writer.previous).toEqual({ rows: 3, watermark });
      await writer.abort({ keep: false });
    });
  });
};

const replaceConformance: Group = (what, make) => {
  describe(`${what} that replaces all rows but some`, () => {
    const second = plan({ load_id: 'load-2' });
    const keep = [{ name: '"b"' }, { name: '"c"' }];

    it('keeps those with their rejected values, and counts the others as deleted', async () => {
      const place = await make();
      const reject = (row_key: string) => ({ row_key, column: 'name', raw: '5', reason: 'r' });
      const published = await using(place, async (destination) => {
        await put(destination, plan(), { rows: [...a, { id: 4 }], rejects: [reject('1'), reject('2')] });
        return put(destination, second, {
          rows: [{ id: 3, name: 'new' }, { id: 5 }],
          more: { keep },
        });
      });
      expect(published).toMatchObject({ rows_written: 2, rows_deleted: 2, rows_total: 3 });
      const rows = await place.table('xano_data', 'shop');
      expect(rows?.rows.map(([id, name]) => `${id} ${name}`).toSorted()).toEqual(['2 b', '3 new', '5 null']);
      expect((await place.table('_xano', 'rejects'))?.rows.map(([, , key]) => key)).toEqual(['2']);
    });

    it('fails where too many rows would go', async () => {
      const place = await make();
      const careful = { ...second, guards: { allow_empty: false, allow_shrink: false } };
      await using(place, async (destination) => {
        await put(destination, plan(), { rows: [...a, { id: 4 }, { id: 5 }] });
        const none = put(destination, careful, { rows: [], more: { keep: [{ name: '"x"' }] } });
        expect((await rejectionOf(none)).code).toBe('SHRUNK');
        const few = put(destination, careful, { rows: [], more: { keep: [{ name: '"b"' }] } });
        expect((await rejectionOf(few)).code).toBe('SHRUNK');
      });
      expect(await rowsOf(place)).toHaveLength(5);
    });
  });
};

const mergeConformance: Group = (what, make) => {
  describe(`${what} that merges`, () => {
    it('replaces rows by key, adds others, and marks missing rows where all was read', async () => {
      const place = await make();
      await using(place, async (destination) => {
        expect(await put(destination, merge, { rows: a })).toMatchObject({ rows_written: 3, rows_total: 3 });
        const second = { ...merge, load_id: 'load-2' };
        expect(await put(destination, second, { rows: [{ id: 2, name: 'new' }, { id: 4 }] })).toEqual({
          rows_written: 2,
          rows_deleted: 2,
          rows_total: 4,
          values_rejected: 0,
          changes: [],
        });
      });
      expect(
        (await rowsOf(place))?.map((row) => row.map((value) => value?.replace(/^\d{4}-.*/, 'a time'))),
      ).toEqual([
        ['1', 'a', 'load-1', 'a time'],
        ['2', 'new', 'load-2', undefined],
        ['3', 'c', 'load-1', 'a time'],
        ['4', undefined, 'load-2', undefined],
      ]);
    });

    it.each([
      ['nothing was read whole', [], ['1', '2', '3', '9'], 0],
      ['a span was read whole', [{ after: '1', before: '3' }], ['1', '3', '9'], 1],
      ['all above a key was read whole', [{ after: '2' }], ['1', '2', '9'], 1],
      ['all below a key was read whole', [{ before: '3' }], ['3', '9'], 2],
      ['several spans were', [{ before: '2' }, { after: '2', before: '10' }], ['2', '9'], 2],
      ['everything was', [{}], ['9'], 3],
    ] as const)('removes missing rows where %s', async (_, whole, left, rows_deleted) => {
      const place = await make();
      const hard = plan({ write_disposition: 'merge', hard_delete: true });
      const published = await using(place, async (destination) => {
        await put(destination, hard, { rows: a });
        return put(destination, hard, { rows: [{ id: 9 }], more: { complete_ranges: whole } });
      });
      expect(published).toMatchObject({ rows_written: 1, rows_deleted, rows_total: left.length });
      expect((await rowsOf(place))?.map(([id]) => id)).toEqual(left);
    });

    it('tells rows apart by several columns, which have no spans', async () => {
      const place = await make();
      const both = plan({
        write_disposition: 'merge',
        hard_delete: true,
        target: { primary_key: ['id', 'name'] },
      });
      await using(place, async (destination) => {
        await put(destination, both, { rows: a });
        await put(destination, both, {
          rows: [
            { id: 1, name: 'a' },
            { id: 1, name: 'b' },
          ],
          more: { complete_ranges: [{ after: '2' }] },
        });
        expect((await rowsOf(place))?.map(([id, name]) => `${id} ${name}`)).toEqual([
          '1 a',
          '1 b',
          '2 b',
          '3 c',
        ]);
        await put(destination, both, { rows: [{ id: 3, name: 'c' }] });
      });
      expect((await rowsOf(place))?.map(([id, name]) => `${id} ${name}`)).toEqual(['3 c']);
    });

    it('keeps rows without a key once, where all was read', async () => {
      const place = await make();
      const reject = { row_key: null, column: 'id', raw: '"x"', reason: 'r' };
      const load = { rows: [{ id: 1, name: 'a' }, { name: 'none' }, { name: 'none' }], rejects: [reject] };
      await using(place, async (destination) => {
        for (let n = 0; n < 2; n++)
          expect(await put(destination, merge, load)).toMatchObject({ rows_total: 3 });
      });
      expect((await rowsOf(place))?.map(([id, name]) => `${id} ${name}`)).toEqual([
        'null none',
        'null none',
        '1 a',
      ]);
      expect((await place.table('_xano', 'rejects'))?.rows.length).toBe(1);
    });

    it('keeps the last of rows with the same key', async () => {
      const place = await make();
      await using(place, async (destination) => {
        await put(destination, merge, { rows: a });
        await put(destination, merge, { rows: [...a, { id: 2, name: 'last' }] });
      });
      expect((await rowsOf(place))?.map(([id, name]) => `${id} ${name}`)).toEqual(['1 a', '2 last', '3 c']);
    });

    it('refuses a table without its key, and leaves the rows alone', async () => {
      const place = await make();
      const error = await using(place, async (destination) => {
        await put(destination, merge, { rows: a });
        const columns = [column('name', 'VARCHAR')];
        return rejectionOf(
          put(destination, { ...merge, target: { ...merge.target, columns } }, { rows: [{ name: 'x' }] }),
        );
      });
      expect([error.code, error.message]).toEqual([
        'CONFIG_INVALID',
        'Rows of "shop" have no key to merge by.',
      ]);
      expect((await rowsOf(place))?.map(([id]) => id)).toEqual(['1', '2', '3']);
    });
  });
};

const appendConformance: Group = (what, make) => {
  describe(`${what} that appends`, () => {
    it('adds rows, and skips known ones with skip_known', async () => {
      const place = await make();
      const append = plan({ write_disposition: 'append' });
      await using(place, async (destination) => {
        await put(destination, append, { rows: a.slice(0, 2) });
        expect(await put(destination, append, { rows: a })).toMatchObject({ rows_written: 3, rows_total: 5 });
        const known = { ...append, disposition: disposition('append', { skip_known: 'id' }) };
        expect(await put(destination, known, { rows: [...a, { id: 7 }] })).toMatchObject({
          rows_written: 1,
          rows_deleted: 0,
          rows_total: 6,
        });
      });
      expect((await rowsOf(place))?.map(([id]) => id)).toEqual(['1', '1', '2', '2', '3', '7']);
    });
  });
};

const heldConformance: Group = (what, make, { dispositions }) => {
  const can_merge = dispositions.includes('merge');
  describe(`${what} that counts its rows`, () => {
    const spans: [string, KeySpan, readonly KeySpan[]][] = [
      ['all', {}, []],
      ['between', { after: '1', before: '5' }, []],
      ['above', { after: '3' }, []],
      ['beyond every number', { before: '9223372036854775808' }, []],
      ['but what was read whole', {}, [{ after: '4' }, { before: '2' }]],
    ];

    if (can_merge)
      it('counts staged rows, and for a merge those of the target', async () => {
        const place = await make();
        await using(place, async (destination) => {
          await put(destination, merge, { rows: [{ id: 1 }, { id: 3 }, { id: 5 }] });
          for (const [write_disposition, counted] of [
            [
              'merge',
              [
                [4, '1', '5'],
                [2, '3', '4'],
                [2, '4', '5'],
                [4, '1', '5'],
                [2, '3', '4'],
              ],
            ],
            [
              'append',
              [
                [2, '3', '4'],
                [2, '3', '4'],
                [1, '4', '4'],
                [2, '3', '4'],
                [2, '3', '4'],
              ],
            ],
          ] as const) {
            const writer = await destination.openTarget({
              ...merge,
              disposition: disposition(write_disposition),
            });
            expect(writer.previous).toEqual({ rows: 3, watermark: null });
            await writer.write(records([{ id: 3 }, { id: 4 }]), null);
            const held = [];
            for (const [, span, whole] of spans) held.push(await writer.held(span, whole));
            expect(held).toEqual(counted.map(([rows, lowest, highest]) => ({ rows, lowest, highest })));
            await writer.abort({ keep: false });
          }
        });
      });

    if (can_merge)
      it('does not count rows that are marked as gone', async () => {
        const place = await make();
        await using(place, async (destination) => {
          await put(destination, merge, { rows: a });
          await put(destination, merge, { rows: a.slice(1) });
          const writer = await destination.openTarget(merge);
          expect(await writer.held({}, [])).toEqual({ rows: 2, lowest: '2', highest: '3' });
          await writer.abort({ keep: false });
        });
      });

    it('forgets the staged rows of a span and their rejected values, also for the load that continues', async () => {
      const place = await make();
      const reject = (row_key: string) => ({ row_key, column: 'name', raw: '5', reason: 'r' });
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan());
        await writer.write(records([...a, { id: 4 }], [reject('2'), reject('4')]), { after: '4' });
        await writer.forget({ after: '1', before: '4' });
        expect(await writer.staged()).toEqual({ rows: 2, distinct_keys: 2, keyless_rows: 0 });
        await writer.abort({ keep: true });
      });
      const published = await using(place, async (destination) => {
        const writer = await destination.openTarget(plan());
        expect(writer.checkpoint).toEqual({ rows: 2, resume: { after: '4' }, columns_added: [] });
        await writer.write(records([{ id: 3, name: 'again' }]), null);
        await writer.staged();
        return writer.commit(publication());
      });
      expect(published).toMatchObject({ rows_written: 3, values_rejected: 1 });
      expect((await rowsOf(place))?.map(([id, name]) => `${id} ${name}`)).toEqual([
        '1 a',
        '3 again',
        '4 null',
      ]);
      expect((await place.table('_xano', 'rejects'))?.rows.map(([, , key]) => key)).toEqual(['4']);
    });

    it('forgets the staged rows with certain values, and then can only be published', async () => {
      const place = await make();
      const reject = (row_key: string) => ({ row_key, column: 'name', raw: '5', reason: 'r' });
      const write = async (destination: Destination) => {
        const writer = await destination.openTarget(plan());
        await writer.write(records([...a, { id: 4 }], [reject('2'), reject('4')]), { after: '4' });
        await writer.forgetRows([
          { name: '"b"' },
          { id: '3', name: '"c"' },
          { name: 'null' },
          { name: '"x"' },
        ]);
        expect(await writer.staged()).toEqual({ rows: 1, distinct_keys: 1, keyless_rows: 0 });
        return writer;
      };
      await using(place, async (destination) => (await write(destination)).abort({ keep: true }));
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan());
        expect(writer.checkpoint).toBeNull();
        await writer.abort({ keep: false });
        const published = await (await write(destination)).commit(publication());
        expect(published).toMatchObject({ rows_written: 1, values_rejected: 0 });
      });
      expect((await rowsOf(place))?.map(([id, name]) => `${id} ${name}`)).toEqual(['1 a']);
    });

    it('counts UUIDs in the order of their text, and does not count texts', async () => {
      const place = await make();
      const ids = ['f', '0', '7', '8'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`);
      await using(place, async (destination) => {
        const columns = [column('id', 'UUID')];
        const writer = await destination.openTarget(plan({ target: { columns } }));
        await writer.write(
          records(
            ids.map((id) => ({ id })),
            [],
            columns,
          ),
          null,
        );
        expect(await writer.held({ after: `"${ids[1]}"` }, [])).toEqual({
          rows: 3,
          lowest: `"${ids[2]}"`,
          highest: `"${ids[0]}"`,
        });
        await writer.abort({ keep: false });
        const texts = await destination.openTarget(plan({ target: { columns: [column('id', 'VARCHAR')] } }));
        expect(await texts.held({ after: '"a"' }, [])).toBeNull();
        expect(await texts.held({}, [])).toEqual({ rows: 0, lowest: null, highest: null });
        await texts.abort({ keep: false });
      });
    });
  });
};
