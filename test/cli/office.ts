/**
 * A tiny instance whose every answer fits on a page: an office with people, an empty table and one API group.
 */
import {
  defineApiGroup,
  defineEndpoint,
  defineTable,
  defineWorkspace,
  field,
  nullable,
} from '../../src/sandbox/data/define.js';
import type { LocalInstance, LocalTable, LocalWorkspace } from '../../src/sandbox/data/model.js';
import { rowOf, rowsOf } from '../../src/sandbox/data/rows.js';

/** The name of the instance. */
export const OFFICE = 'x-office';

/** Table 7, three rows. */
export function people(): LocalTable {
  const fields = [
    field('id', 'int'),
    field('name', 'text', { description: 'As on the door' }),
    nullable('born', 'date'),
    nullable('boss_id', 'int', { tableref_id: 7 }),
  ];
  const live = rowsOf([
    rowOf({ id: 1, name: 'Ada', born: '1815-12-10', boss_id: null }),
    rowOf({ id: 2, name: 'Grace', born: '1906-12-09', boss_id: 1 }),
    rowOf({ id: 3, name: 'Edsger', born: null, boss_id: 1 }),
  ]);
  const test = rowsOf([rowOf({ id: 9, name: 'Nobody', born: null, boss_id: null })]);
  return defineTable(7, 'people', fields, { live, test }, { description: 'Who works here' });
}

/** Table 8, no rows. */
export function rooms(): LocalTable {
  return defineTable(8, 'rooms', [field('id', 'int'), field('floor', 'int')], {});
}

/** Workspace 3 "Office", of these tables. */
export function officeWorkspace(tables: readonly LocalTable[] = [people(), rooms()]): LocalWorkspace {
  return defineWorkspace(3, 'Office', '', tables, [
    defineApiGroup(5, 'AbCdEfGh', 'Door', true, [
      defineEndpoint(51, 'GET', 'people', 'Who is in', {
        kind: 'pages',
        table: 'people',
        totals: true,
        paging: 'page',
        per_page: 20,
      }),
      defineEndpoint(52, 'POST', 'ring', 'Ring the bell', { kind: 'accept' }),
    ]),
  ]);
}

/** The instance, of these workspaces. */
export function office(workspaces: readonly LocalWorkspace[] = [officeWorkspace()]): LocalInstance {
  return { name: OFFICE, display: 'Our office', rate_limit: false, workspaces };
}
