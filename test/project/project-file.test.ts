/** The file of a project: what it says, and how its mistakes are told. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { XanoError } from '../../src/errors.js';
import { destinationsOf, sourcesOf } from '../../src/project/project-loads.js';
import { type Project, readProject } from '../../src/project/read-project.js';

function folderWith(text: string, name = 'xano.yaml'): string {
  const folder = mkdtempSync(join(tmpdir(), 'xano-project-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), text);
  return folder;
}

const projectOf = (text: string): Project => {
  const project = readProject(undefined, folderWith(text));
  if (project === undefined) throw new Error('The folder has no project.');
  return project;
};

/** The error of a file: its message, and its details. */
function mistakesOf(text: string): readonly string[] {
  try {
    projectOf(text);
  } catch (thrown) {
    if (thrown instanceof XanoError && thrown.code === 'CONFIG_INVALID')
      return thrown.details.length === 0 ? [thrown.message] : thrown.details;
    throw thrown;
  }
  return [];
}

it('is found in a folder, in a named one and as a file, and a config file without a project is none', () => {
  const folder = folderWith('{"project": {"workspace": "Shop"}}', 'xano.json');
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'lists.yaml'), 'client: { base_url: https://a.example }\nresources: [a]\n');
  const named = (given: string): string => {
    try {
      return readProject(given, folder)?.folder ?? 'none';
    } catch (thrown) {
      return thrown instanceof XanoError ? `${thrown.code}: ${thrown.message}` : String(thrown);
    }
  };
  expect([
    readProject(undefined, folder)?.file,
    named('.'),
    named(folder) === folder,
    named('xano.json'),
    named('empty'),
    named('gone'),
    named('lists.yaml/below'),
    named('lists.yaml'),
    readProject(undefined, join(folder, 'empty')),
    readProject(undefined, ''),
    readProject(
      undefined,
      folderWith('client: { base_url: https://a.example }\nresources: [{ name: a, params: { project: 1 } }]'),
    ),
  ]).toEqual([
    'xano.json',
    '.',
    true,
    '',
    'USAGE: --project empty: the folder has no xano.yaml, xano.yml, xano.json.',
    'USAGE: --project gone: there is no such folder or file.',
    'USAGE: --project lists.yaml/below: there is no such folder or file.',
    'CONFIG_INVALID: lists.yaml has no part "project".',
    undefined,
    undefined,
    undefined,
  ]);
});

it('tells all mistakes of both parts at once: line, path, the value found, the values allowed', () => {
  expect(
    mistakesOf(`project:
  nam: shop
  workspace: ''
  max_age: 3
  destination: postgres://u:secret@h/db
  tables: { users: { mask: { email: hsh }, exlude: [a], where: id } }
  write_disposition: mrge
  schedule: every day
  notify: [{ url: https://hooks.example/secret }]
  sources: { "a b": {} }
client: { base_ur: x }
`),
  ).toEqual([
    'Line 2: project.nam is not a known field; allowed are name, profile, instance, workspace, data_source, dataset, tables, exclude_tables, write_disposition, incremental, history, sources, destination, destinations, max_age, schedule, notify; did you mean "name"?',
    'Line 3: project.workspace is empty.',
    'Line 4: project.max_age found 3; allowed is a time such as 90m, 26h or 7d.',
    'Line 5: project.destination holds a password; allowed is a variable of the environment, such as ${DATABASE_URL}.',
    'Line 6: project.tables.users.mask.email found "hsh"; allowed are "hash", "last4", "redact", "year"; did you mean "hash"?',
    'Line 6: project.tables.users.where found "id"; allowed is COLUMN OPERATOR VALUE, such as "created_at >= 2026-01-01".',
    'Line 6: project.tables.users.exlude is not a known field; allowed are exclude, mask, where, limit, partition_by; did you mean "exclude"?',
    'Line 7: project.write_disposition found "mrge"; allowed are "replace", "append", "merge"; did you mean "merge"?',
    'Line 8: project.schedule is "every day", which has 2 fields; expected are five, such as "15 3 * * *" (03:15 each day).',
    'Line 9: project.notify[0].url is a text, which would be a secret in a file; expected is a variable of the environment such as ${SLACK_URL}.',
    'Line 10: project.sources.a b found "a b"; allowed are letters, digits, - and _, 63 at most, the first no sign.',
    'Line 11: client.base_ur is not a known field; allowed are base_url, auth, headers, data_selector, pagination, paginator; did you mean "base_url"?',
  ]);
});

it.each<[string, string]>([
  [
    'project: { incremental: updated_at, write_disposition: replace }',
    'project.write_disposition found "replace", which would delete every row that is not new; allowed with incremental are "merge", "append".',
  ],
  ['project: { dataset: _xano }', 'project.dataset found "_xano", which is reserved.'],
  [
    'project: { destination: a.duckdb, destinations: { b: b.duckdb } }',
    'project.destination excludes destinations: keep one of the two.',
  ],
  ['project: { destinations: {} }', 'project.destinations is empty.'],
  [
    'project: { workspace: Shop, sources: { a: {} } }',
    'project.workspace excludes sources: give it to each of them.',
  ],
  [
    'project: { sources: { a: { dataset: X }, b: { dataset: x } } }',
    'project.sources.b.dataset found "x", which is also the dataset of sources.a: give each its own.',
  ],
  [
    'project: { sources: { resources: {} } }',
    'project.sources.resources is the name of the lists beside the project: give another.',
  ],
  [
    'project: { tables: { "*": { where: "id > 1" } } }',
    'project.tables.*.where excludes *: give it to single tables.',
  ],
  [
    'project: { destination: "${A:-b}" }',
    'project.destination has a variable of another form; allowed is ${NAME}.',
  ],
])('refuses what contradicts itself: %s', (text, mistake) => {
  expect(mistakesOf(text)).toEqual([`xano.yaml is not valid. Line 1: ${mistake}`]);
});

it('gives sources and destinations as flags do, with paths from the file', () => {
  const folder = folderWith(`project:
  profile: office
  incremental: updated_at
  exclude_tables: [log_*]
  sources:
    live: { workspace: 1, tables: { users: { where: id > 1, mask: { email: hash } }, orders: null } }
    test: { workspace: Shop, data_source: test, dataset: other, write_disposition: append }
  destinations: { file: shop.duckdb, lake: "ducklake:sub/\${LAKE}", folder: /srv/out/, base: "\${PG}" }
client: { base_url: https://a.example }
resources: [rates]
`);
  const project = readProject(folder, '/');
  if (project === undefined) throw new Error('There is no project.');
  const file = join(folder, 'xano.yaml');
  const shared = {
    file,
    profile: 'office',
    instance: undefined,
    incremental: 'updated_at',
    exclude_tables: ['log_*'],
  };
  expect(sourcesOf(project)).toEqual([
    {
      name: 'live',
      dataset: 'live',
      incremental: 'updated_at',
      write_disposition: undefined,
      defaults: {
        ...shared,
        workspace: '1',
        data_source: undefined,
        write_disposition: undefined,
        tables: ['users', 'orders'],
        content: {
          users: { exclude: [], mask: { email: 'hash' }, where: ['id > 1'] },
          orders: { exclude: [], mask: {}, where: [] },
        },
      },
    },
    {
      name: 'test',
      dataset: 'other',
      incremental: 'updated_at',
      write_disposition: 'append',
      defaults: {
        ...shared,
        workspace: 'Shop',
        data_source: 'test',
        write_disposition: 'append',
        tables: undefined,
        content: {},
      },
    },
    { name: 'resources', dataset: undefined, defaults: undefined },
  ]);
  expect(destinationsOf(project, { LAKE: 'a.ducklake', PG: 'postgres://u:secret@h/db' })).toEqual([
    { name: 'file', to: join(folder, 'shop.duckdb') },
    { name: 'lake', to: `ducklake:${join(folder, 'sub/a.ducklake')}` },
    { name: 'folder', to: '/srv/out/' },
    { name: 'base', to: 'postgres://u:secret@h/db' },
  ]);
  expect(() => destinationsOf(project, { LAKE: 'x' })).toThrow(
    `${file}: project.destinations.base needs PG, which is not set.`,
  );
  expect(() => sourcesOf(project, 'liev')).toThrow(`${file} has no source "liev"; did you mean "live"?`);
  expect([project.name === 'sub', project.lists]).toEqual([false, ['rates']]);
});

it('has one source and one destination where it names none, and Xano only where the file speaks of it', () => {
  const [bare, lists, both] = [
    'project: { max_age: 1d }',
    'project: { max_age: 1d }\nclient: { base_url: https://a.example }\nresources: [a]',
    'project: { workspace: 1 }\nclient: { base_url: https://a.example }\nresources: [a]',
  ].map(projectOf);
  const namesOf = (project: Project | undefined): unknown[] =>
    project === undefined ? [] : sourcesOf(project).map(({ name }) => name);
  expect([namesOf(bare), namesOf(lists), namesOf(both)]).toEqual([
    [undefined],
    ['resources'],
    ['workspace', 'resources'],
  ]);
  expect(bare === undefined ? [] : destinationsOf(bare, {})).toEqual([
    { name: undefined, to: 'xano.duckdb' },
  ]);
});
