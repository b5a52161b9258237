/** A table whose rows say when they changed last, loaded again and again into one file. */

import type { LoadOptions } from '../../../src/load/load-options.js';
import { field, nullable } from '../../../src/sandbox/data/define.js';
import type { LocalField, LocalRow, LocalRows, LocalTable } from '../../../src/sandbox/data/model.js';
import { rowFromJson, rowsIn } from '../../../src/sandbox/data/rows.js';
import type { LocalXano, LocalXanoOptions } from '../../../src/sandbox/server.js';
import type { GenerateOptions } from '../../../src/xano/endpoints.js';
import {
  clientWith,
  configsOf,
  fakeClock,
  type LoadResult,
  loadInto,
  localXano,
  NOON,
  query,
  tableOf,
  temporaryFile,
} from '../loading.js';
import { rawTable, withTables } from '../small-tables.js';

/** So many seconds before noon, in epoch milliseconds. */
export const ago = (seconds: number): number => NOON - seconds * 1000;

/** A row that changed so many seconds before noon. */
export const changed = (id: number, seconds: number, name = `item ${id}`): LocalRow =>
  rowFromJson(JSON.stringify({ id, name, updated_at: ago(seconds) }));

/** What {@link changed} makes rows of. */
export const CHANGED_FIELDS: readonly LocalField[] = [
  field('id', 'int'),
  field('name', 'text'),
  nullable('updated_at', 'timestamp'),
];

/** How a table is set up and loaded. */
export interface Setting extends Pick<GenerateOptions, 'write_disposition' | 'incremental'> {
  readonly fields?: readonly LocalField[];
  readonly page_size?: number;
  readonly server?: Omit<LocalXanoOptions, 'instances'>;
}

/** A table `items` on a local Xano, and the file it is loaded into. */
export interface Changing {
  readonly xano: LocalXano;
  readonly file: string;
  /** The rows as the server has them. */
  readonly rows: LocalRows;
  /** Looks at the workspace anew and loads it; each load has a number of its own. */
  readonly load: (options?: Partial<LoadOptions>) => Promise<LoadResult>;
}

/** Sets up a table `items`, merged by `updated_at` with ten minutes of lag unless told otherwise. */
export async function changing(
  rows: readonly LocalRow[],
  setting: Setting = { incremental: { column: 'updated_at' } },
): Promise<Changing> {
  const { fields = CHANGED_FIELDS, server } = setting;
  const table = rawTable(
    'items',
    fields,
    rows.map(({ json }) => json),
    51,
  );
  return changingTables([table], { ...setting, ...(server === undefined ? {} : { server }) });
}

/** The same for several tables; `rows` are those of the first. */
export async function changingTables(
  tables: readonly LocalTable[],
  { page_size = 3, server = {}, write_disposition, incremental }: Setting = {},
): Promise<Changing> {
  const xano = await localXano({ ...server, instances: withTables(...tables) });
  const file = temporaryFile();
  let loads = 0;
  return {
    xano,
    file,
    rows: rowsIn(tableOf(xano, tables[0]!.name), 'live'),
    load: async (options = {}) => {
      const configs = await configsOf(xano, [], page_size, xano.token, { write_disposition, incremental });
      const random = String(++loads).padStart(4, '0');
      return loadInto(configs, file, {
        http: clientWith(xano.token, fakeClock(), options.signal),
        random: () => random,
        concurrency: 1,
        ...options,
      });
    },
  };
}

/** The rows of a table: key, name, and whether they are marked as gone. */
export async function marks(file: string, table = 'items'): Promise<unknown[]> {
  const rows = await query(
    file,
    `SELECT id, name, _xano_deleted_at IS NOT NULL AS gone FROM xano_data."${table}" ORDER BY id`,
  );
  return rows.map(({ id, name, gone }) => [
    Number.isNaN(Number(id)) ? id : Number(id),
    name,
    gone ? 'gone' : 'here',
  ]);
}

/** The rows that are not marked as gone: key and name. */
export async function alive(file: string, table = 'items'): Promise<unknown[]> {
  const rows = (await marks(file, table)) as [unknown, unknown, string][];
  return rows.filter(([, , gone]) => gone === 'here').map(([id, name]) => [id, name]);
}
