/**
 * An instance whose API groups serve lists in every known format, and in some unusual ones: for tests of
 * configs and checks.
 */

import { hashPassword } from '../api/logins.js';
import { defineApiGroup, defineEndpoint, defineTable, defineWorkspace, field, nullable } from './define.js';
import type { LocalApiGroup, LocalEndpoint, LocalInstance, LocalTable } from './model.js';
import { rowOf, rowsOf } from './rows.js';

/** The number of films: more than a page. */
const FILMS = 250;

/** Table 1, films: a column of each type that documents describe, and some that they describe loosely. */
function films(): LocalTable {
  const fields = [
    field('id', 'int'),
    field('created_at', 'timestamp', { default: 'now', required: false, access: 'private' }),
    field('title', 'text'),
    nullable('shown_on', 'date'),
    field('rating', 'decimal'),
    field('seen', 'bool'),
    field('code', 'uuid'),
    field('genres', 'text', { style: 'list' }),
    nullable('crew', 'json'),
    field('secret_word', 'password', { access: 'internal' }),
  ];
  const rows = Array.from({ length: FILMS }, (_, at) => {
    const id = at + 1;
    return rowOf({
      id,
      created_at: Date.UTC(2026, 0, 1) + id * 1000,
      title: `Film ${id}`,
      shown_on: id % 3 === 0 ? null : '2026-01-31',
      rating: id / 4,
      seen: id % 2 === 0,
      code: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
      genres: id % 2 === 0 ? ['drama'] : [],
      crew: id % 5 === 0 ? { director: `D${id}` } : null,
      secret_word: `hash ${id}`,
    });
  });
  return defineTable(1, 'films', fields, { live: rowsOf(rows) });
}

/** Table 2, with three rows; table 3, with none. */
function small(): readonly LocalTable[] {
  const fields = [field('id', 'int'), field('name', 'text')];
  const rows = ['Roxy', 'Odeon', 'Astor'].map((name, at) => rowOf({ id: at + 1, name }));
  return [
    defineTable(2, 'cinemas', fields, { live: rowsOf(rows) }),
    defineTable(3, 'shows', fields, { live: rowsOf([]) }),
    defineTable(
      4,
      'visitors',
      [...fields, field('email', 'email'), field('password', 'password')],
      {
        live: rowsOf([
          rowOf({
            id: 1,
            name: 'Ada',
            email: 'ada@example.com',
            password: hashPassword('open sesame', 's1'),
          }),
        ]),
      },
      { auth: true },
    ),
  ];
}

const page = field('page', 'int', { required: false, default: '1' });
const perPage = field('per_page', 'int', { required: false, default: '20' });
const pageSize = field('pageSize', 'int', { required: false, default: '20' });
const paging = { input: [page, perPage] };
const pages = { kind: 'pages', totals: true, paging: 'page', per_page: 20, table: 'films' } as const;

/** Group 7: one endpoint for each way. */
function group(): LocalApiGroup {
  const endpoints = [...listEndpoints(), ...oddEndpoints(), ...otherEndpoints()];
  return defineApiGroup(7, 'ShApEs01', 'Shapes', false, endpoints);
}

/** Lists that are paged in every known way. */
function listEndpoints(): LocalEndpoint[] {
  const external = { input: [field('external', 'json', { required: false })] };
  const filtered = {
    input: [
      field('genre', 'text', { required: false, default: 'all' }),
      field('since', 'timestamp', { required: false, default: 'now' }),
      page,
      perPage,
    ],
  };
  return [
    defineEndpoint(701, 'GET', 'bare', 'A bare list', { kind: 'all', table: 'cinemas' }),
    defineEndpoint(702, 'GET', 'totals', 'Pages with totals', pages, filtered),
    defineEndpoint(703, 'GET', 'no_totals', 'Pages without totals', { ...pages, totals: false }, paging),
    defineEndpoint(704, 'GET', 'under_key', 'Pages under a key', { ...pages, under: 'films' }, paging),
    defineEndpoint(705, 'GET', 'nested', 'Pages under two keys', { ...pages, under: 'result.films' }, paging),
    defineEndpoint(
      706,
      'GET',
      'data',
      'An answer of the author’s',
      { kind: 'data', table: 'films', page_size: 20 },
      { input: [page, pageSize] },
    ),
    defineEndpoint(707, 'GET', 'external', 'External paging', { ...pages, paging: 'external' }, external),
    defineEndpoint(708, 'GET', 'own_key', 'The whole list under a key', {
      kind: 'list',
      table: 'films',
      under: 'found',
    }),
  ];
}

/** Lists that are empty, missing, or do not obey their inputs. */
function oddEndpoints(): LocalEndpoint[] {
  return [
    defineEndpoint(709, 'GET', 'empty', 'Pages of nothing', { ...pages, table: 'shows' }, paging),
    defineEndpoint(
      710,
      'GET',
      'bare_ignored',
      'A bare list that ignores pages',
      { kind: 'all', table: 'films' },
      paging,
    ),
    defineEndpoint(
      711,
      'GET',
      'stuck',
      'Always the first page',
      { ...pages, totals: false, obeyed: false },
      paging,
    ),
    defineEndpoint(712, 'GET', 'unlinked', 'Pages that no input asks for', { ...pages, obeyed: false }),
    defineEndpoint(713, 'GET', 'gone', 'Nothing there', { kind: 'gone' }),
  ];
}

/** Logins, endpoints that need one, single records, and an input that nobody can guess. */
function otherEndpoints(): LocalEndpoint[] {
  return [
    defineEndpoint(
      714,
      'GET',
      'with_login',
      'For users who are logged in',
      { ...pages, table: 'cinemas' },
      { ...paging, auth: { id: 4, name: 'visitors' } },
    ),
    defineEndpoint(
      715,
      'GET',
      'me',
      'The user who is logged in',
      { kind: 'me', table: 'visitors' },
      { auth: { id: 4, name: 'visitors' } },
    ),
    defineEndpoint(
      716,
      'GET',
      'films/{film_id}',
      'One film',
      { kind: 'row', table: 'films', path_input: 'film_id' },
      { input: [field('film_id', 'int')] },
    ),
    defineEndpoint(717, 'GET', 'search', 'Search the films', pages, { input: [field('q', 'text'), page] }),
    defineEndpoint(
      718,
      'POST',
      'auth/login',
      'Login and retrieve an authentication token',
      { kind: 'login', table: 'visitors' },
      { input: [field('email', 'email'), field('password', 'text')] },
    ),
  ];
}

/**
 * The instance: workspace 1 "Cinema", its tables, and API groups that serve them in every way. The branch
 * `next` has one endpoint.
 */
export function shapesInstance(): LocalInstance {
  const workspace = defineWorkspace(1, 'Cinema', '', [films(), ...small()], [group()]);
  const next = { created_at: '2026-01-05 00:00:00+0000', label: 'next', backup: false, live: false };
  const ahead = defineApiGroup(8, 'ShApEs01', 'Shapes', false, [
    defineEndpoint(801, 'GET', 'bare', 'A bare list', { kind: 'all', table: 'films' }),
  ]);
  return {
    name: 'x-shapes',
    display: 'Shapes',
    rate_limit: false,
    workspaces: [
      {
        ...workspace,
        branches: [...workspace.branches, next],
        api_groups: [...workspace.api_groups, { ...ahead, branch: 'next' }],
      },
    ],
  };
}
