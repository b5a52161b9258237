/** Names that Postgres cannot hold as they are: each load tells them once for each table. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { postgresName } from '../../../../src/table/postgres-types.js';
import { openDesk } from '../../../cli/terminal.js';
import { serveJson } from '../../../rest/http/serving.js';
import { describePostgres, newDatabase, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { column, plan } from '../../writing.js';
import { postgresPlace } from './place.js';

const LONG = 'x'.repeat(80);
const COLUMNS = [column('id', 'BIGINT'), column(`${LONG}_1`, 'VARCHAR'), column('xmin', 'BIGINT')];

describePostgres('names that Postgres cannot hold', () => {
  it('are told with the names that they have there, those of lists among them', async () => {
    const place = await postgresPlace();
    const [row, lists] = [{ id: 1, [`${LONG}_1`]: 'a', xmin: 2 }, column('items', 'JSON')];
    const target = { name: `${LONG}_2`, columns: [...COLUMNS, lists] };
    const flat = plan({ target, flatten: { reserved: [] } });
    const items = [{ [`${LONG}_3`]: 1 }];
    await using(place, async (destination) => {
      const { names_changed } = await publish(destination, flat, [{ ...row, items }]);
      expect(names_changed).toEqual([
        { of: 'table', from: `${LONG}_2`, to: postgresName(`${LONG}_2`) },
        { of: 'column', from: `${LONG}_1`, to: postgresName(`${LONG}_1`) },
        { of: 'column', from: 'xmin', to: 'xmin_2' },
        { of: 'table', from: `${LONG}_2__items`, to: postgresName(`${LONG}_2__items`) },
        { of: 'column', from: `${LONG}_3`, to: postgresName(`${LONG}_3`) },
      ]);
      const short = plan({ identity: 'host/other', target: { schema: LONG, name: 'short' } });
      expect((await publish(destination, short, [{ id: 1, name: 'n' }])).names_changed).toEqual([
        { of: 'schema', from: LONG, to: postgresName(LONG) },
      ]);
      const none = plan({ identity: 'host/third', target: { name: 'third' } });
      expect(await publish(destination, none, [{ id: 1 }])).not.toHaveProperty('names_changed');
    });
    expect(
      await rows(
        place.to,
        `SELECT i."${postgresName(`${LONG}_3`)}" AS i, t.xmin_2 AS x, t."${postgresName(`${LONG}_1`)}" AS t FROM xano_data."${postgresName(`${LONG}_2__items`)}" i, xano_data."${postgresName(`${LONG}_2`)}" t`,
      ),
    ).toEqual([{ i: '1', x: '2', t: 'a' }]);
  });

  it('are in the report of a load and in one line of its summary', async () => {
    const { origin } = await serveJson(() => [{ id: 1, [`${LONG}_1`]: 'a', [`${LONG}_2`]: 'b', xmin: 2 }]);
    const desk = await openDesk();
    writeFileSync(
      desk.path('lists.yaml'),
      `client: { base_url: "${origin}" }
resources: [{ name: ${LONG}, path: all, primary_key: id, pagination: single_page, data_selector: "" }]`,
    );
    const load = ['load', '--endpoints', desk.path('lists.yaml'), '--staging', desk.path('staging')];
    const to = await newDatabase();
    const { status, stderr } = await desk.run([...load, '--to', to]);
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    const said = stderr.split('\n').filter((line) => line.includes('changes'));
    expect(said).toEqual([
      `${LONG}: the destination changes 4 names: table "${LONG}" to "${postgresName(LONG)}", column "${LONG}_1" to "${postgresName(`${LONG}_1`)}", column "${LONG}_2" to "${postgresName(`${LONG}_2`)}", and 1 more.`,
    ]);
    const { stdout } = await desk.run([...load, '--to', to, '--json']);
    const report = JSON.parse(stdout) as { resources: { names_changed: unknown }[] };
    expect(report.resources[0]?.names_changed).toContainEqual({ of: 'column', from: 'xmin', to: 'xmin_2' });
    const [stored] = await rows(
      to,
      "SELECT report #>> '{resources,0,names_changed,3,to}' AS name FROM _xano.loads ORDER BY started_at DESC LIMIT 1",
    );
    expect(stored).toEqual({ name: 'xmin_2' });
  });
});
