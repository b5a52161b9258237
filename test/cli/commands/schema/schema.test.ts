import { describe, expect, it } from 'vitest';
import { defineTable, field, nullable } from '../../../../src/sandbox/data/define.js';
import type { LocalTable } from '../../../../src/sandbox/data/model.js';
import { OFFICE, people, rooms } from '../../../fixtures/office.js';
import { atOffice } from '../../at-office.js';
import { type Desk, expectError, openDesk, PLAIN } from '../../terminal.js';

/**
 * Desks, at which people sit: names that the file cannot tell apart, a password, lists, and a table that
 * nobody can see.
 */
function desks(): LocalTable {
  return defineTable(
    9,
    'desks',
    [
      field('id', 'int'),
      field('room_id', 'int', { tableref_id: 8 }),
      field('used_by', 'int', { style: 'list', tableref_id: 7, description: 'Who sits there,\nin turn' }),
      field('Label', 'text'),
      field('label', 'text'),
      nullable('place', 'vector', { vector: { size: 2 } }),
      field('code', 'password'),
      nullable('owner_id', 'uuid', { tableref_id: 99 }),
    ],
    {},
    { description: 'With a drawer' },
  );
}

const atDesks = (): Promise<Desk> => atOffice({ tables: [people(), rooms(), desks()] });

const DESKS = {
  id: 9,
  name: 'desks',
  schema: null,
  table: 'desks',
  description: 'With a drawer',
  primary_key: ['id'],
};

describe('xano schema', () => {
  it('shows tables with both types, keys and references on a terminal', async () => {
    const desk = await atDesks();
    const { status, stdout, stderr } = await desk.run(['schema', 'rooms', 'desks'], {
      columns: 100,
      env: PLAIN,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(
      [
        'rooms table 8',
        '  column  Xano  DuckDB  key',
        '  id      int   BIGINT  primary',
        '  floor   int   BIGINT',
        '',
        'desks table 9 With a drawer',
        '  column           Xano      DuckDB      key         description',
        '  id               int       BIGINT      primary',
        '  room_id          int       BIGINT      → rooms',
        '  used_by          int[]     BIGINT[]    → people    Who sits there, in turn',
        '  Label            text      VARCHAR',
        '  label (label_2)  text      VARCHAR',
        '  place            vector?   FLOAT[2]',
        '  code             password  not loaded',
        '  owner_id         uuid?     UUID        → table 99',
        '',
      ].join('\n'),
    );
    expect(desk.files()).toEqual([]);
  });

  it('prints one line per column in a pipe', async () => {
    const desk = await atDesks();
    const { stdout } = await desk.run(['schema', '7']);
    expect(stdout).toBe(
      [
        'people\tid\tint\tBIGINT\tprimary\t',
        'people\tname\ttext\tVARCHAR\t\tAs on the door',
        'people\tborn\tdate?\tDATE\t\t',
        'people\tboss_id\tint?\tBIGINT\t→ people\t',
        '',
      ].join('\n'),
    );
  });

  it('prints one object with --json', async () => {
    const desk = await atDesks();
    const { stdout } = await desk.run(['schema', 'DESKS', '--json']);
    const plain = { nullable: false, description: '', values: null, references: null };
    expect(JSON.parse(stdout)).toEqual({
      instance: OFFICE,
      workspace: 'Office',
      file: null,
      tables: [
        {
          ...DESKS,
          columns: [
            { ...plain, name: 'id', column: 'id', xano_type: 'int', type: 'BIGINT' },
            {
              ...plain,
              name: 'room_id',
              column: 'room_id',
              xano_type: 'int',
              type: 'BIGINT',
              references: { table_id: 8, name: 'rooms' },
            },
            {
              ...plain,
              name: 'used_by',
              column: 'used_by',
              xano_type: 'int[]',
              type: 'BIGINT[]',
              description: 'Who sits there,\nin turn',
              references: { table_id: 7, name: 'people' },
            },
            { ...plain, name: 'Label', column: 'Label', xano_type: 'text', type: 'VARCHAR' },
            { ...plain, name: 'label', column: 'label_2', xano_type: 'text', type: 'VARCHAR' },
            {
              ...plain,
              name: 'place',
              column: 'place',
              xano_type: 'vector',
              type: 'FLOAT[2]',
              nullable: true,
            },
            { ...plain, name: 'code', column: null, xano_type: 'password', type: null },
            {
              ...plain,
              name: 'owner_id',
              column: 'owner_id',
              xano_type: 'uuid',
              type: 'UUID',
              nullable: true,
              references: { table_id: 99, name: null },
            },
          ],
        },
      ],
    });
  });

  it('shows the names and types that a load makes in the file', async () => {
    const desk = await openDesk();
    const argv = ['--instance', 'x1234-4567-8901', '--workspace', 'Shop'];
    const to = desk.path('shop.duckdb');
    await desk.run(['load', ...argv, '--to', to]);
    const columnsOf = (text: string): unknown =>
      JSON.parse(text)
        .tables.flatMap(
          (table: { table: string; columns: { column: string | null; type: string | null }[] }) =>
            table.columns
              .filter(({ column }) => column !== null)
              .map(({ column, type }) => [table.table.replace(/^xano_data\./, ''), column, type]),
        )
        .toSorted();
    const promised = columnsOf((await desk.run(['schema', ...argv, '--json'])).stdout);
    const said = await desk.run([
      'query',
      '--to',
      to,
      '--json',
      "SELECT table_name AS t, column_name AS c, data_type AS d FROM duckdb_columns() WHERE schema_name = 'xano_data' AND column_name <> '_xano_load_id'",
    ]);
    const found = JSON.parse(said.stdout).map(({ t, c, d }: { t: string; c: string; d: string }) => [
      t,
      c,
      d.replace('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ'),
    ]);
    expect(promised).toEqual(found.toSorted());
    desk.xano.clearRequests();
    const ofFile = await desk.run(['schema', '--to', to, '--json'], { env: { XANO_TOKEN: undefined } });
    expect(columnsOf(ofFile.stdout)).toEqual(promised);
    expect(desk.xano.requests).toEqual([]);
  });

  it('needs no token for a file, and says what it does not know', async () => {
    const desk = await atDesks();
    const to = desk.path('office.duckdb');
    await desk.run(['load', '--to', to, '--dataset', 'office']);
    const env = { ...PLAIN, XANO_TOKEN: undefined };
    const shown = await desk.run(['schema', 'people', '--to', to], { columns: 80, env });
    expect(shown.stdout).toBe(
      [
        'office.people table 7 Who works here',
        '  column   DuckDB   key       description',
        '  id       BIGINT   primary',
        '  name     VARCHAR            As on the door',
        '  born     DATE',
        '  boss_id  BIGINT   → people',
        '',
      ].join('\n'),
    );
    const { tables, ...place } = JSON.parse(
      (await desk.run(['schema', 'office.rooms', '--to', to, '--json'], { env })).stdout,
    );
    expect({ place, rooms: tables[0].columns[1] }).toEqual({
      place: { instance: null, workspace: null, file: to },
      rooms: {
        name: 'floor',
        column: 'floor',
        xano_type: null,
        type: 'BIGINT',
        nullable: null,
        description: '',
        values: null,
        references: null,
      },
    });
    const mermaid = await desk.run(['schema', '--to', to, '--mermaid'], { env });
    expect(
      mermaid.stdout
        .split('\n')
        .filter((line) => line.includes('--'))
        .toSorted(),
    ).toEqual([
      '  "office.desks" }o--o{ "office.people" : "used_by"',
      '  "office.desks" }o--o| "office.rooms" : "room_id"',
      '  "office.people" }o--o| "office.people" : "boss_id"',
    ]);
    const ddl = await desk.run(['schema', 'desks', 'rooms', '--to', to, '--sql', 'postgres'], { env });
    expect(ddl.stdout.split('\n').filter((line) => /REFERENCES|refers to/.test(line))).toEqual([
      'ALTER TABLE "office"."desks" ADD FOREIGN KEY ("room_id") REFERENCES "office"."rooms" ("id");',
      '-- "desks"."used_by" refers to rows of "people": Postgres has no foreign keys for lists.',
      '-- "desks"."owner_id" refers to table 99, which is not loaded.',
    ]);
  });

  it('fails with a sentence where a name does not exist', async () => {
    const desk = await atDesks();
    expectError(
      await desk.run(['schema', 'desk']),
      2,
      'USAGE',
      'Workspace "Office" has no table "desk"; did you mean "desks"?',
      'Name one of: people, rooms, desks.',
    );
    const none = desk.path('none.duckdb');
    expectError(
      await desk.run(['schema', '--to', none]),
      6,
      'DATABASE_FAILED',
      `The file ${none} does not exist.`,
      'Name another file with --to, or load into it first: `xano load --to FILE`.',
    );
    expectError(
      await desk.run(['schema', '--json', '--mermaid']),
      2,
      'USAGE',
      "Option '--mermaid' cannot be used with option '--json'.",
      'Remove one of them.',
    );
    expectError(
      await desk.run(['schema'], { env: { XANO_TOKEN: undefined } }),
      4,
      'TOKEN_MISSING',
      'No token found.',
      'Set XANO_TOKEN, or run `xano auth login`.',
    );
  });
});

describe('xano schema --mermaid', () => {
  it('draws tables, keys and references', async () => {
    const desk = await atDesks();
    const { status, stdout } = await desk.run(['schema', '--mermaid']);
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        'erDiagram',
        '  "people" {',
        '    int id PK',
        '    text name "As on the door"',
        '    date born',
        '    int boss_id FK',
        '  }',
        '  "rooms" {',
        '    int id PK',
        '    int floor',
        '  }',
        '  "desks" {',
        '    int id PK',
        '    int room_id FK',
        '    int[] used_by FK "Who sits there, in turn"',
        '    text Label',
        '    text label',
        '    vector place',
        '    password code',
        '    uuid owner_id FK',
        '  }',
        '  "people" }o--o| "people" : "boss_id"',
        '  "desks" }o--o| "rooms" : "room_id"',
        '  "desks" }o--o{ "people" : "used_by"',
        '',
      ].join('\n'),
    );
    const one = await desk.run(['schema', 'rooms', '--mermaid']);
    expect(one.stdout).toBe('erDiagram\n  "rooms" {\n    int id PK\n    int floor\n  }\n');
  });

  it('replaces characters that Mermaid refuses, and shows the exact name beside', async () => {
    const ODD = ['my "table"', "my 'table'", '50% off; a\\b', 'direction TB', '~x~', '🚀\u202e', '"'];
    const odd = ODD.map((name, i) =>
      defineTable(
        20 + i,
        name,
        [
          field('id', 'int'),
          field('PK', 'int'),
          field('1st', 'text'),
          field('a b', 'text'),
          field('a.b', 'text'),
          field(name, 'int', { tableref_id: 20 }),
        ],
        {},
      ),
    );
    const desk = await atOffice({ tables: [...odd] });
    const { stdout } = await desk.run(['schema', '--mermaid']);
    expect(stdout.split('\n').filter((line) => /^ {2}\S/.test(line) && line !== '  }')).toEqual([
      `  "my 'table'" {`,
      `  "my 'table' (2)" {`,
      '  "50  off  a/b" {',
      '  "direction_TB" {',
      '  "-x-" {',
      '  "🚀" {',
      `  "'" {`,
      `  "my 'table'" }o--o| "my 'table'" : "my 'table'"`,
      `  "my 'table' (2)" }o--o| "my 'table'" : "my 'table'"`,
      `  "50  off  a/b" }o--o| "my 'table'" : "50  off  a/b"`,
      `  "direction_TB" }o--o| "my 'table'" : "direction_TB"`,
      `  "-x-" }o--o| "my 'table'" : "-x-"`,
      `  "🚀" }o--o| "my 'table'" : "🚀"`,
      `  "'" }o--o| "my 'table'" : "'"`,
    ]);
    expect(stdout.split('\n').slice(2, 8)).toEqual([
      '    int id PK',
      '    int PK_ "PK"',
      '    text _1st "1st"',
      '    text a_b "a b"',
      '    text a_b_2 "a.b"',
      `    int my__table_ FK "my 'table'"`,
    ]);
    // What Mermaid's grammar has for the lines of a box, and nothing else.
    for (const line of stdout.split('\n').filter((one) => one.startsWith('    ')))
      expect(line).toMatch(/^ {4}[A-Za-z_]\w*(\[\])? [A-Za-z_]\w*( PK| FK| PK, FK)?( "[^"~%;\\]+")?$/);
  });
});
