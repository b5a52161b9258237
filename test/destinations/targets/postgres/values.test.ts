/**
 * Values arrive in Postgres as they were sent, or become rejects; and what did not change is not written
 * again.
 */
import { expect, it } from 'vitest';
import { openDestination } from '../../../../src/destinations/open.js';
import { describePostgres, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { column, plan } from '../../writing.js';
import { postgresPlace } from './place.js';

describePostgres('values in Postgres', () => {
  const COLUMNS = [
    column('id', 'VARCHAR'),
    column('n', 'BIGINT'),
    column('x', 'DOUBLE'),
    column('at', 'TIMESTAMPTZ'),
    column('day', 'DATE'),
    column('j', 'JSON'),
    column('tags', 'VARCHAR', { list: true }),
    column('times', 'TIMESTAMPTZ', { list: true }),
    column('docs', 'JSON', { list: true }),
    column('v', 'FLOAT', { list: true, size: 2 }),
    column('vs', 'FLOAT', { list: true, list_of_vectors: true }),
  ];
  /** Milliseconds since 1970: 4713 BC, a moment before it, and as late as a date of Xano may be. */
  const [FIRST, TOO_EARLY, FAR] = [-210_863_520_000_000, -210_863_520_000_001, 8_640_000_000_000_000];
  const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const ROWS = [
    `{"id":"a","n":9223372036854775807,"x":5e-324,"at":${FIRST},"day":"0001-01-01","j":{"a": 1.10,"a":[]},"tags":["NULL",null,""],"times":[${FIRST},null],"docs":[1.10,null,{"x":1}],"v":[0.5,1e-45],"vs":[[1],[2,3],[]]}`,
    `{"id":"b","n":-9223372036854775808,"x":-0.0,"at":${FAR},"day":"9999-12-31","j":"\\u0000 \\ud83d\\ude00","tags":[],"times":[],"docs":[],"v":null,"vs":[]}`,
    `{"id":"c","x":0.30000000000000004,"j":null,"tags":null}`,
    `{"id":"d","at":${TOO_EARLY},"j":${DEEP},"tags":["x","\\u0000"],"times":[${TOO_EARLY}],"docs":[${DEEP}]}`,
    '{"id":"😀\\u0000","n":7}',
  ];
  const load = (n: number, type: 'replace' | 'merge' = 'replace') =>
    plan({ load_id: `load-${n}`, write_disposition: type, target: { columns: COLUMNS } });
  const SHOWN = 'SELECT id, n, x, at, day, j, tags, times, docs, v, vs FROM xano_data.shop ORDER BY id';
  const nothing = {
    n: null,
    x: null,
    at: null,
    day: null,
    j: null,
    tags: null,
    times: null,
    docs: null,
    v: null,
    vs: null,
  };
  const STORED = [
    {
      ...{
        id: 'a',
        n: '9223372036854775807',
        x: '5e-324',
        at: '4713-01-01 00:00:00+00 BC',
        day: '0001-01-01',
      },
      ...{ j: '{"a": 1.10,"a":[]}', tags: '{"NULL",NULL,""}', times: '{"4713-01-01 00:00:00+00 BC",NULL}' },
      ...{ docs: '{1.10,NULL,"{\\"x\\":1}"}', v: '{0.5,1e-45}', vs: '[[1.0],[2.0,3.0],null]' },
    },
    {
      ...{ id: 'b', n: '-9223372036854775808', x: '-0', at: '275760-09-13 00:00:00+00', day: '9999-12-31' },
      ...{ j: '"\\u0000 \\ud83d\\ude00"', tags: '{}', times: '{}', docs: '{}', v: null, vs: '[]' },
    },
    { ...nothing, id: 'c', x: '0.30000000000000004' },
    { ...nothing, id: 'd' },
    { ...nothing, id: null, n: '7' },
  ];
  const [EARLY, NUL, TOO_DEEP] = [
    'Postgres cannot store a time before 4713 BC or after 294276',
    'Postgres cannot store a text with a NUL character',
    'Postgres cannot store JSON that is nested deeper than 5000 levels',
  ];
  const NOT_BINARY = 'jsonb cannot store \\u0000 or half of a surrogate pair';
  const reject = (row_key: string, name: string, raw: string | null, reason: string) => ({
    ...{ row_key, column: name, deep: raw === null && name === 'j' ? 't' : 'f', raw, reason },
  });
  const REJECTS = [
    reject('"d"', 'at', String(TOO_EARLY), EARLY),
    reject('"d"', 'docs', null, TOO_DEEP),
    reject('"d"', 'j', null, TOO_DEEP),
    reject('"d"', 'tags', '["x","\\u0000"]', NUL),
    reject('"d"', 'times', `[${TOO_EARLY}]`, EARLY),
    reject('"😀\\u0000"', 'id', '"😀\\u0000"', NUL),
  ];

  it.each(['replace', 'merge'] as const)(
    'arrive by %s, or become rejects with the key of their row; what is the same is not written',
    async (type) => {
      const place = await postgresPlace();
      await using(place, (destination) => publish(destination, load(1, type), ROWS));
      expect(await rows(place.to, SHOWN)).toEqual(STORED);
      const rejects =
        'SELECT row_key, "column", md5(raw) = md5($1) AS deep, CASE WHEN length(raw) < 99 THEN raw END AS raw, reason FROM _xano.rejects ORDER BY row_key, "column"';
      expect(await rows(place.to, rejects, [DEEP])).toEqual(REJECTS);
      const versions = 'SELECT id, xmin, ctid FROM xano_data.shop ORDER BY id';
      const before = await rows(place.to, versions);
      await using(place, (destination) => publish(destination, load(2, type), ROWS));
      const after = await rows(place.to, versions);
      expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
      await using(place, (destination) =>
        publish(
          destination,
          load(3, type),
          ROWS.map((row) => row.replace('"x":-0.0', '"x":0.0')),
        ),
      );
      expect(
        (await rows(place.to, versions)).filter(
          ({ id, xmin }) => id !== null && xmin !== before.find((row) => row['id'] === id)!['xmin'],
        ),
      ).toMatchObject([{ id: 'b' }]);
      expect(await rows(place.to, 'SELECT id, x FROM xano_data.shop WHERE x = 0')).toEqual([
        { id: 'b', x: '0' },
      ]);
    },
  );

  it('are jsonb where the address asks for it; what jsonb cannot hold is a reject', async () => {
    const place = await postgresPlace('?json=jsonb');
    const columns = [column('id', 'BIGINT'), column('j', 'JSON'), column('docs', 'JSON', { list: true })];
    const sent = [
      '{"id":1,"j":{"b":1.10,"a": 1,"a":2},"docs":[{"x":"\\\\u0000"},1.10]}',
      '{"id":2,"j":{"a":"\\u0000"},"docs":["\\u0000"]}',
      `{"id":3,"j":"${'\\ud83d\\ude00'}","docs":[${DEEP}]}`,
    ];
    const load = (n: number) => plan({ load_id: `load-${n}`, target: { columns } });
    await using(place, (destination) => publish(destination, load(1), sent));
    const shown =
      'SELECT id, j, docs, pg_typeof(j) AS type, pg_typeof(docs) AS types, xmin FROM xano_data.shop ORDER BY id';
    const first = await rows(place.to, shown);
    const types = { type: 'jsonb', types: 'jsonb[]' };
    expect(first.map(({ xmin: _, ...row }) => row)).toEqual([
      { id: '1', j: '{"a": 2, "b": 1.10}', docs: '{"{\\"x\\": \\"\\\\\\\\u0000\\"}",1.10}', ...types },
      { id: '2', j: null, docs: null, ...types },
      { id: '3', j: '"😀"', docs: null, ...types },
    ]);
    expect(
      await rows(
        place.to,
        'SELECT row_key, "column", left(raw, 20) AS raw, reason FROM _xano.rejects ORDER BY 1, 2',
      ),
    ).toEqual([
      { row_key: '2', column: 'docs', raw: '["\\u0000"]', reason: NOT_BINARY },
      { row_key: '2', column: 'j', raw: '{"a":"\\u0000"}', reason: NOT_BINARY },
      { row_key: '3', column: 'docs', raw: '[['.repeat(10), reason: TOO_DEEP },
    ]);
    await using(place, (destination) => publish(destination, load(2), sent));
    expect(await rows(place.to, shown)).toEqual(first);
    const json = {
      open: () =>
        openDestination(place.to.replace('jsonb', 'json'), {
          now: () => 0,
          sleep: async () => {},
          staging_folder: place.staging_folder,
        }),
    };
    await using(json, (destination) => publish(destination, load(3), sent));
    expect(await rows(place.to, 'SELECT j, docs FROM xano_data.shop ORDER BY id')).toEqual([
      { j: '{"b":1.10,"a": 1,"a":2}', docs: '{"{\\"x\\":\\"\\\\\\\\u0000\\"}",1.10}' },
      { j: '{"a":"\\u0000"}', docs: '{"\\"\\\\u0000\\""}' },
      { j: '"\\ud83d\\ude00"', docs: null },
    ]);
  });
});
