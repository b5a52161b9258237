/** Names and descriptions of tables and columns, whatever they hold. */
import { describe, expect, it } from 'vitest';
import { LOAD_ID_COLUMN } from '../../../src/table/column.js';
import { column, plan, publication, records } from '../writing.js';
import { type Group, LOAD_1, publish, types, using } from './place.js';

/** The group. `make` gives a new, empty place. */
export const namesConformance: Group = (what, make, { comments, replaces }) => {
  const described = (text: string) => (comments ? text : null);
  describe(`${what} as a destination`, () => {
    it.each([
      ['a quote', 'it\'s "so"; DROP TABLE x; --'],
      ['emoji', 'new stuff 🚀'],
      ['a reserved word', 'select'],
      ['dots and slashes', 'a.b/c\\d'],
      ['an accent', 'Été'],
      ['only a space', ' '],
      ['a name of SQL', 'main'],
      ['a line break', 'a\nb'],
    ])('takes names with %s as they are', async (_, name) => {
      const place = await make();
      const target = {
        schema: name,
        name,
        description: name,
        columns: [column(`${name}.id`, 'BIGINT'), column(name, 'VARCHAR', { description: name })],
        primary_key: [`${name}.id`],
      };
      const of = plan({
        resource: name,
        identity: name,
        fingerprint: name,
        origin: { name },
        load_id: name,
        target,
      });
      await using(place, async (destination) => {
        const page = [
          { [`${name}.id`]: 1, [name]: name },
          { [`${name}.id`]: 1, [name]: name },
        ];
        await publish(destination, of, page);
        const writer = await destination.openTarget(of);
        await writer.widen(column(`${name}+`, 'JSON', { description: name }));
        await writer.write(
          records(
            [{ [`${name}.id`]: 2, [name]: name, [`${name}+`]: {} }],
            [{ row_key: name, column: name, raw: name, reason: name }],
            [...target.columns, column(`${name}+`, 'JSON')],
          ),
          name,
        );
        await writer.staged();
        expect(await writer.commit(publication(name))).toEqual({
          rows_written: 1,
          rows_deleted: 1,
          rows_total: 1,
          values_rejected: 1,
          changes: [{ change: 'column_added', name: `${name}+`, from: null, to: 'JSON' }],
        });
        expect((await destination.recall()).map(({ identity, target: at }) => [identity, at])).toEqual([
          [name, `${name}.${name}`],
        ]);
      });
      const added = { name: `${name}+`, type: 'JSON', comment: described(name) };
      const load_id = { name: LOAD_ID_COLUMN, type: 'VARCHAR', comment: null };
      expect(await place.table(name, name)).toEqual({
        comment: described(name),
        columns: [
          { name: `${name}.id`, type: 'BIGINT', comment: null },
          { name, type: 'VARCHAR', comment: described(name) },
          ...(replaces === 'table' ? [added, load_id] : [load_id, added]),
        ],
        rows: [['2', name, ...(replaces === 'table' ? ['{}', name] : [name, '{}'])]],
      });
    });

    it('takes columns whose names are reserved, equal but for case, or not storable', async () => {
      const place = await make();
      const names = ['id', '_xano_row', '_xano_load_id', 'ID', 'Id', '', 'a\0b', 'É', 'é'];
      const columns = names.map((name) => column(name, 'BIGINT'));
      const stored = ['id', '_xano_row', '_xano_load_id_2', 'ID_2', 'Id_3', '_', 'a\u2400b', 'É', 'é'];
      const row = Object.fromEntries(names.map((name, i) => [name, i]));
      await using(place, (destination) => publish(destination, plan({ target: { columns } }), [row]));
      const found = await place.table('xano_data', 'shop');
      expect({ types: types(found), rows: found?.rows }).toEqual({
        types: [...stored.map((name) => [name, 'BIGINT']), LOAD_1],
        rows: [[...stored.map((_, i) => String(i)), 'load-1']],
      });
    });

    it('takes descriptions with any character exactly', async () => {
      const place = await make();
      const columns = [column('id', 'BIGINT', { description: 'a\0b' })];
      await using(place, (destination) =>
        publish(destination, plan({ target: { columns, description: '\0' } }), [{ id: 1 }]),
      );
      const found = await place.table('xano_data', 'shop');
      expect([found?.comment, found?.columns[0]?.comment, found?.rows]).toEqual([
        described('\u2400'),
        described('a\u2400b'),
        [['1', 'load-1']],
      ]);
    });

    it('replaces comments with the table', async () => {
      const place = await make();
      const target = { description: 'old', columns: [column('id', 'BIGINT', { description: 'old' })] };
      await using(place, async (destination) => {
        await publish(destination, plan({ target }), [{ id: 1 }]);
        await publish(destination, plan(), [{ id: 1 }]);
      });
      const found = await place.table('xano_data', 'shop');
      expect([found?.comment, found?.columns.map(({ comment }) => comment)]).toEqual([
        null,
        [null, null, null],
      ]);
    });
  });
};
