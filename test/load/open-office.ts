/** The office of the tests, served by a local Xano and loaded again and again into one file. */
import type { LoadOptions } from '../../src/load/load-options.js';
import type { ResolvedEndpoint } from '../../src/rest/config/endpoint-config.js';
import type { LocalField, LocalRow, LocalRows, LocalTable } from '../../src/sandbox/data/model.js';
import { rowsIn } from '../../src/sandbox/data/rows.js';
import type { LocalXano, LocalXanoOptions } from '../../src/sandbox/server.js';
import type { GenerateOptions } from '../../src/xano/endpoints.js';
import { clientOf, localXano, tableOf } from '../fixtures/local-xano.js';
import { CHANGED_FIELDS, officeOf, rawTable } from '../fixtures/office.js';
import { configsOf, type LoadResult, loadInto, query, temporaryFile } from './loading.js';

/** How the tables are served and loaded, whichever they are. */
export interface Setting extends Pick<GenerateOptions, 'write_disposition' | 'incremental'> {
  /** The columns of `rows`. Default {@link CHANGED_FIELDS}. */
  readonly fields?: readonly LocalField[];
  /** Rows that are asked for at a time. Default 3. */
  readonly page_size?: number;
  /** How the local Xano behaves. */
  readonly server?: Omit<LocalXanoOptions, 'instances'>;
}

/** What the office holds, either tables or the rows of one table `items`, and how it is served and loaded. */
export type OfficeOptions = Setting &
  ({ readonly tables: readonly LocalTable[] } | { readonly rows: readonly LocalRow[] });

/** An office on a local Xano, and the file that it is loaded into. */
export interface Office {
  readonly xano: LocalXano;
  readonly file: string;
  /** The rows of the first table as the server has them; change them between loads. */
  readonly rows: LocalRows;
  /** Discovers the workspace and gives a config for each table. */
  readonly configs: () => Promise<ResolvedEndpoint[]>;
  /** Discovers the workspace and loads it; the loads are numbered from `0001`. */
  readonly load: (options?: Partial<LoadOptions>) => Promise<LoadResult>;
}

/** Serves an office until the test ends, and gives what loads it. */
export async function openOffice(options: OfficeOptions): Promise<Office> {
  const { page_size = 3, server = {}, write_disposition, incremental } = options;
  const tables = 'tables' in options ? options.tables : [itemsOf(options.rows, options.fields)];
  const xano = await localXano({ ...server, instances: [officeOf(...tables)] });
  const file = temporaryFile();
  const configs = () => configsOf(xano, [], page_size, xano.token, { write_disposition, incremental });
  let loads = 0;
  return {
    xano,
    file,
    rows: rowsIn(tableOf(xano, tables[0]!.name), 'live'),
    configs,
    load: async (more = {}) => {
      const endpoints = await configs();
      const random = String(++loads).padStart(4, '0');
      return loadInto(endpoints, file, {
        http: clientOf(xano, more.signal),
        random: () => random,
        concurrency: 1,
        ...more,
      });
    },
  };
}

function itemsOf(rows: readonly LocalRow[], fields: readonly LocalField[] = CHANGED_FIELDS): LocalTable {
  return rawTable(
    'items',
    fields,
    rows.map(({ json }) => json),
    51,
  );
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
