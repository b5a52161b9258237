/** `xano load --partition-by`: a folder of files for a table, and what cannot be one. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { atOffice } from '../../at-office.js';
import { expectError, HOUR_MS } from '../../terminal.js';

describe('xano load --partition-by', () => {
  it('divides a table into files, which status and query read, until it is loaded without', async () => {
    const desk = await atOffice();
    const to = `${desk.path('out')}/`;
    const data = join(desk.path('out'), 'xano_data');
    for (const flags of [['--partition-by', 'people=year(born)'], ['--partition-by', 'year(born)'], []]) {
      desk.clock.advance(HOUR_MS);
      const loaded = await desk.run(['load', 'people', '--to', to, ...flags]);
      expect([loaded.status, loaded.stderr]).toEqual([0, expect.not.stringContaining('Error')]);
      expect(readdirSync(data)).toEqual([flags.length === 0 ? 'people.parquet' : 'people']);
      if (flags.length > 0)
        expect(readdirSync(join(data, 'people')).toSorted()).toEqual([
          'born_year=1815',
          'born_year=1906',
          'born_year=__HIVE_DEFAULT_PARTITION__',
        ]);
      const query = await desk.run(['query', 'SELECT count(*) AS n FROM people', '--to', to, '--csv']);
      expect(query.stdout).toBe('n\r\n3\r\n');
      const status = await desk.run(['status', '--to', to, '--json']);
      expect(JSON.parse(status.stdout)).toMatchObject({ tables: [{ table: 'people', rows: 3 }] });
    }
  });

  it('is a setting of a project, for one table', async () => {
    const desk = await atOffice();
    const lines = [
      'project:',
      `  destination: ${desk.path('out')}/`,
      '  tables:',
      '    people: { partition_by: year(born) }',
    ];
    writeFileSync(desk.path('xano.yaml'), lines.join('\n'));
    const loaded = await desk.run(['load', '--project', desk.path('.')]);
    expect([loaded.status, loaded.stderr]).toEqual([0, expect.not.stringContaining('Error')]);
    expect(readdirSync(join(desk.path('out'), 'xano_data'))).toEqual(['people']);
  });

  it.each([
    ['week(born)', [], '--partition-by week(born) does not name a unit and a column.'],
    ['born', [], '--partition-by born does not name a unit and a column.'],
    ['persons=year(born)', [], '--partition-by persons=year(born): this load has no table "persons"'],
    ['year(birth)', [], '--partition-by year(birth): "people" has no column "birth"'],
    [
      'year(name)',
      [],
      '--partition-by year(name): the column "name" of "people" is not a timestamp or a date.',
    ],
    [
      'year(born)',
      ['--mask', 'people.born=year'],
      '--partition-by year(born): the column "born" of "people" is masked.',
    ],
    [
      'year(born)',
      ['--exclude', 'people.born'],
      '--partition-by year(born): the column "born" of "people" is not loaded.',
    ],
  ])('refuses %s before any row is requested: %j', async (partition, flags, message) => {
    const desk = await atOffice();
    const to = `${desk.path('out')}/`;
    const loaded = await desk.run(['load', 'people', '--to', to, '--partition-by', partition, ...flags]);
    expect([loaded.status, loaded.stdout, existsSync(to)]).toEqual([2, '', false]);
    expect(loaded.stderr).toContain(`Error: ${message}`);
    expect(loaded.stderr).toMatch(/\n {2}\S.*\n {2}Code: USAGE\n/);
    expect(desk.xano.requests.filter(({ path }) => path.includes('/content'))).toEqual([]);
  });

  it('refuses a destination that is not a folder of Parquet files', async () => {
    const desk = await atOffice();
    const to = desk.path('x.duckdb');
    expectError(
      await desk.run(['load', 'people', '--to', to, '--partition-by', 'year(born)']),
      2,
      'CONFIG_INVALID',
      `The file ${to} stores tables without partitions; "people" has year(born).`,
      'Load into a folder of Parquet files (--to out/), or without --partition-by.',
    );
    expect(existsSync(to)).toBe(false);
  });
});
