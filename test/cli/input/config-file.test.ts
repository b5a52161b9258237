/** `xano load --endpoints xano.yaml`: files that people write. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { atOffice } from '../at-office.js';
import { type Desk, expectError, rowsOfFile } from '../terminal.js';

/** Writes a config of the office's open group. */
function write(desk: Desk, rest: string): string {
  const file = desk.path('xano.yaml');
  const base = desk.xano.instances[0]!.origin;
  writeFileSync(file, `client:\n  base_url: ${base}/api:AbCdEfGh\n  data_selector: items\n${rest}`);
  desk.xano.clearRequests();
  return file;
}

const load = (
  desk: Desk,
  file: string,
  env: Readonly<Record<string, string | undefined>> = {},
  ...more: string[]
) => desk.run(['load', '--endpoints', file, '--to', desk.path('x.duckdb'), ...more], { env });

describe('xano load of a config file', () => {
  it('puts the values of variables into requests, and nowhere else', async () => {
    const desk = await atOffice();
    const file = write(
      desk,
      'resources:\n  - name: people\n    headers: { x-who: "We are ${WHO}" }\n    params: { key: ${KEY}, price: $$5 }\n',
    );
    const env = { WHO: 'the S3CR3T ones', KEY: 'S3CR3T&more' };
    const planned = await load(desk, file, env, '--dry-run', '--json');
    const loaded = await load(desk, file, env, '--json', '--debug');
    expect([planned.status, loaded.status]).toEqual([0, 0]);
    expect(planned.stdout + planned.stderr + loaded.stdout + loaded.stderr).not.toContain('S3CR3T');
    expect(JSON.parse(planned.stdout).resources[0].first_request).toMatchObject({
      params: { key: '${KEY}', price: '$$5' },
      headers: { 'x-who': 'We are ${WHO}' },
    });
    const sent = desk.xano.requests.map(({ headers, query }) => [
      headers['x-who'],
      query['key'],
      query['price'],
    ]);
    expect(new Set(sent.map(String))).toEqual(new Set(['We are the S3CR3T ones,S3CR3T&more,$5']));
    const dump = await rowsOfFile(
      desk.path('x.duckdb'),
      'SELECT (SELECT list(r::VARCHAR) FROM _xano.resources r)::VARCHAR, (SELECT list(l::VARCHAR) FROM _xano.loads l)::VARCHAR',
    );
    expect(JSON.stringify(dump)).not.toContain('S3CR3T');
    expect(await rowsOfFile(desk.path('x.duckdb'), 'SELECT count(*)::INT FROM xano_data.people')).toEqual([
      [3],
    ]);
  });

  it('names all undeclared columns in one line', async () => {
    const desk = await atOffice();
    const said = await load(desk, write(desk, 'resources: [people]\n'), {}, '--verbose');
    expect(said.stderr.split('\n').filter((line) => line.includes('added'))).toEqual([
      'people: added columns not in the schema: id (BIGINT), name (VARCHAR), born (VARCHAR), boss_id (BIGINT).',
    ]);
  });

  it('suggests looking at the path of an endpoint that answers 404', async () => {
    const desk = await atOffice();
    const said = await load(desk, write(desk, 'resources: [peeple]\n'));
    expect(said.status).toBe(5);
    expect(said.stderr).toContain('\n  Check the address and the path; --debug shows the request.\n');
  });

  it('names the unset variables before it sends any request', async () => {
    const desk = await atOffice();
    const file = write(
      desk,
      'resources:\n  - name: people\n    headers: { x-who: ${WHO} }\n    params: { key: ${KEY} }\n  - rooms\n',
    );
    expectError(
      await load(desk, file, { XANO_TOKEN: undefined }),
      2,
      'CONFIG_INVALID',
      `${file} needs variables that are not set: KEY (line 7, resources[0].params.key); WHO (line 6, resources[0].headers.x-who).`,
      'Set them in the environment, or write $$ for a dollar sign.',
    );
    expectError(
      await load(desk, file, { WHO: 'us' }),
      2,
      'CONFIG_INVALID',
      `${file} needs a variable that is not set: KEY (line 7, resources[0].params.key).`,
      'Set it in the environment, or write $$ for a dollar sign.',
    );
    expect(desk.xano.requests).toEqual([]);
    expect(desk.files()).toEqual(['xano.yaml']);
  });

  it('names the missing tokens before it sends any request', async () => {
    const desk = await atOffice();
    const file = write(desk, 'resources:\n  - rooms\n  - { name: people, auth: "${WHO_TOKEN}" }\n');
    expectError(
      await load(desk, file, { XANO_TOKEN: undefined }),
      4,
      'TOKEN_MISSING',
      `${file} needs a variable that is not set: WHO_TOKEN (line 6, resources[1].auth).`,
      'Set it in the environment.',
    );
    expect(desk.xano.requests).toEqual([]);
  });

  it('finds XANO_TOKEN as the command line does', async () => {
    const desk = await atOffice();
    await desk.run(['auth', 'login', '--token-stdin'], { stdin: desk.xano.token });
    const file = write(desk, 'resources:\n  - name: people\n    headers: { x-key: ${XANO_TOKEN} }\n');
    const { status } = await load(desk, file, { XANO_TOKEN: undefined });
    expect(status).toBe(0);
    expect(desk.xano.requests.at(-1)?.headers['x-key']).toBe(desk.xano.token);
  });

  it('says how many rows had a duplicate key', async () => {
    const desk = await atOffice();
    const file = write(
      desk,
      'resources:\n  - { name: people, primary_key: boss_id, pagination: single_page }\n',
    );
    const { status, stderr, stdout } = await load(desk, file, {}, '--json');
    expect([status, JSON.parse(stdout).resources[0].rows_same_key]).toEqual([0, 1]);
    expect(stderr).not.toContain('key of another');
    const again = await load(desk, file);
    expect(again.stderr).toContain(
      'people: 1 row had the key of another row: the table has the last row of each key.',
    );
  });

  it('reports every mistake with its line', async () => {
    const desk = await atOffice();
    const file = write(desk, 'resources:\n  - name: people\n    metod: GET\n    auth: the-S3CR3T\n');
    const { status, stdout, stderr } = await load(desk, file);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('S3CR3T');
    expect(stderr.replace(/; allowed are .*/, '')).toBe(
      `Error: ${file} is not valid.\n  Line 6: resources[0].metod is not a known field\n  Line 7: resources[0].auth must be none, the variable of a bearer token such as \${XANO_API_TOKEN}, or an object with a type.\n  Correct the fields that are named, then run again; docs/endpoints.md explains them.\n  Code: CONFIG_INVALID\n`,
    );
    expect(desk.xano.requests).toEqual([]);
  });

  it('reads the parent of a named resource, and predicts the rows of neither', async () => {
    const desk = await atOffice();
    const file = desk.path('xano.yaml');
    writeFileSync(
      file,
      `client:
  base_url: ${desk.xano.instances[0]!.origin}/api:meta/workspace/3
  auth: \${XANO_TOKEN}
  pagination: single_page
resources:
  - name: columns
    path: table/{id}/schema
    data_selector: ''
    parent: { resource: tables, bind: { id: id }, include: [name] }
  - name: tables
    path: table
    data_selector: items
  - nothing
`,
    );
    const planned = await load(desk, file, {}, 'columns', '--dry-run');
    expect([planned.status, planned.stdout]).toEqual([
      0,
      'tables\t?\t1\t1\txano_data.tables\ncolumns\t?\t?\t?\txano_data.columns\n',
    ]);
    const loaded = await load(desk, file, {}, 'columns');
    expect(loaded.status).toBe(0);
    expect(
      await rowsOfFile(
        desk.path('x.duckdb'),
        'SELECT _tables_name, list(name ORDER BY name)::VARCHAR FROM xano_data.columns GROUP BY 1 ORDER BY 1',
      ),
    ).toEqual([
      ['people', '[born, boss_id, id, name]'],
      ['rooms', expect.stringContaining('id')],
    ]);
  });
});
