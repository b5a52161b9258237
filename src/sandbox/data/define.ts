/** Shorthand for definitions of tables and API groups: fills in what a Xano fills in by default. */
import { createHash } from 'node:crypto';
import type {
  LocalApiGroup,
  LocalEndpoint,
  LocalField,
  LocalIndex,
  LocalTable,
  LocalWorkspace,
} from './model.js';

/** A column: public, required, not nullable and single unless said otherwise. */
export function field(name: string, type: LocalField['type'], options: Partial<LocalField> = {}): LocalField {
  const base = { name, type, description: '', nullable: false, default: '', required: true };
  const format = type === 'text' ? { format: '' } : {};
  return { ...base, access: 'public', style: 'single', ...format, ...options };
}

/** A column that may be null. */
export function nullable(
  name: string,
  type: LocalField['type'],
  options: Partial<LocalField> = {},
): LocalField {
  return field(name, type, { nullable: true, required: false, ...options });
}

/** The two columns that Xano puts into a new table. */
export function standardFields(type: 'int' | 'uuid' = 'int'): readonly LocalField[] {
  return [
    field('id', type),
    field('created_at', 'timestamp', { default: 'now', required: false, access: 'private' }),
  ];
}

const CREATED_AT = '2026-01-07 09:11:54+0000';
const UPDATED_AT = '2026-01-11 21:14:24+0000';

/** 27 URL-safe characters that belong to a name. */
function guidOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url').slice(0, 27);
}

/** A table with a primary key, whatever indexes are given, and the rows of its data sources. */
export function defineTable(
  id: number,
  name: string,
  schema: readonly LocalField[],
  rows: LocalTable['rows'],
  options: Partial<
    Pick<LocalTable, 'description' | 'docs' | 'auth' | 'tag' | 'created_at' | 'updated_at' | 'index'>
  > = {},
): LocalTable {
  const base = {
    description: '',
    docs: '',
    auth: false,
    tag: [],
    created_at: CREATED_AT,
    updated_at: UPDATED_AT,
  };
  return {
    id,
    guid: guidOf(`table/${id}/${name}`),
    name,
    schema,
    rows,
    ...base,
    index: defaultIndexes(schema),
    ...options,
  };
}

// Captured tables have these two; ids of indexes repeat across tables.
function defaultIndexes(schema: readonly LocalField[]): readonly LocalIndex[] {
  const primary: LocalIndex = { type: 'primary', fields: [{ name: 'id' }], id: '1339908e' };
  const newest: LocalIndex = { type: 'btree', fields: [{ name: 'created_at', op: 'desc' }], id: '411a6c94' };
  return schema.some(({ name }) => name === 'created_at') ? [primary, newest] : [primary];
}

/** A unique index on one column. */
export function uniqueIndex(name: string): LocalIndex {
  const id = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return { type: 'btree|unique', fields: [{ name, op: 'asc' }], id };
}

/** An endpoint; without inputs and open to everybody unless said otherwise. */
export function defineEndpoint(
  id: number,
  verb: LocalEndpoint['verb'],
  name: string,
  description: string,
  response: LocalEndpoint['response'],
  options: Partial<Pick<LocalEndpoint, 'auth' | 'input'>> = {},
): LocalEndpoint {
  const guid = guidOf(`api/${id}/${name}`);
  const base = { created_at: CREATED_AT, updated_at: UPDATED_AT, auth: false, input: [] } as const;
  return { id, guid, name, description, verb, response, ...base, ...options };
}

/** An API group on the live branch. */
export function defineApiGroup(
  id: number,
  canonical: string,
  name: string,
  swagger: boolean,
  endpoints: readonly LocalEndpoint[],
): LocalApiGroup {
  const base = {
    description: '',
    docs: '',
    branch: 'v1',
    tag: [],
    created_at: CREATED_AT,
    updated_at: UPDATED_AT,
  };
  return { id, guid: guidOf(`apigroup/${id}/${name}`), name, canonical, swagger, endpoints, ...base };
}

/** A workspace with the branch and the data sources that a new one has. */
export function defineWorkspace(
  id: number,
  name: string,
  description: string,
  tables: readonly LocalTable[],
  api_groups: readonly LocalApiGroup[] = [],
): LocalWorkspace {
  return {
    id,
    name,
    description,
    branch: 'v1',
    branches: [{ created_at: CREATED_AT, label: 'v1', backup: false, live: true }],
    data_sources: [
      { color: '#008000', label: 'live' },
      { color: '#fff3cd', label: 'test' },
    ],
    tables,
    api_groups,
  };
}
