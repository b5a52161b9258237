/** The MCP server over a Postgres database: the same tools, with Postgres's SQL. */
import { expect, it } from 'vitest';
import { describePostgres, newDatabase } from '../servers/postgres.js';
import { startAssistant } from './assistant.js';

describePostgres('the MCP server of a Postgres database', () => {
  it('answers as that of a file does, and cannot write', async () => {
    const to = await newDatabase();
    const { password } = new URL(to);
    expect(password.length).toBeGreaterThan(8);
    const { call } = await startAssistant({ to });
    const said: string[] = [];
    const ask = async (name: string, input: Record<string, unknown>): Promise<unknown> => {
      const { text, answer } = await call(name, input);
      said.push(text);
      return answer;
    };
    expect(await ask('xano_status', {})).toMatchObject({
      verdict: 'ok',
      tables: [{ table: 'people', rows: 3 }, { table: 'products' }, { table: 'rooms' }, { table: 'tickets' }],
    });
    expect(await ask('xano_schema', { tables: ['people'] })).toMatchObject({
      tables: [
        {
          description: 'Who works here',
          primary_key: ['id'],
          columns: [
            { column: 'id', type: 'BIGINT' },
            { column: 'name', type: 'VARCHAR', description: 'As on the door' },
            { column: 'born', type: 'DATE' },
            { column: 'boss_id', type: 'BIGINT' },
          ],
        },
      ],
    });
    expect(await ask('xano_schema', { tables: ['people'], detail: 'profile' })).toMatchObject({
      tables: [
        {
          profiled_rows: 3,
          columns: [
            { profile: { nulls: 0, distinct: 3, min: 1, max: 3 } },
            { profile: { nulls: 0, distinct: 3, values: ['Ada', 'Edsger', 'Grace'] } },
            { column: 'born' },
            { column: 'boss_id' },
          ],
        },
      ],
    });
    const sql = 'SELECT id, name FROM people WHERE name ~ $$^A$$';
    expect(await ask('xano_query', { sql })).toMatchObject({
      rows: [[1, 'Ada']],
      as_of: [{ table: 'people', completeness: 'proved' }],
    });
    expect(await ask('xano_history', { table: 'people' })).toMatchObject({
      loads: [{ status: 'loaded' }],
      tables: [{ table: 'people', rows_read: 3 }],
      rejects: { total: 0 },
    });
    for (const wrong of ['DELETE FROM people', "COPY people TO '/tmp/people'", 'SELECT nme FROM people'])
      expect([wrong, await ask('xano_query', { sql: wrong })]).toMatchObject([
        wrong,
        { error: { code: 'QUERY_FAILED' } },
      ]);
    expect(said.join('\n')).not.toContain(password);
  });
});
