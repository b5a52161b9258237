/** The config of the table `items`, for servers that answer otherwise than a Xano does. */
import type { ResolvedEndpoint } from '../../src/rest/config/endpoint-config.js';
import type { Table } from '../../src/xano/catalog.js';
import { generateEndpoints } from '../../src/xano/endpoints.js';

/** The config for a table `items` behind any server, keyed by a type. */
export function itemsConfig(
  origin: string,
  keyType: 'int' | 'uuid' = 'int',
  page_size = 3,
): ResolvedEndpoint {
  const column = (name: string, type: string) => ({
    name,
    type,
    description: '',
    nullable: false,
    required: true,
    access: 'public',
    style: 'single' as const,
  });
  const table: Table = {
    id: 51,
    guid: null,
    name: 'items',
    description: '',
    auth: false,
    updated_at: null,
    columns: [column('id', keyType), column('name', 'text')],
    indexes: null,
  };
  const workspace = { id: 3, name: 'Office', description: '', branch: null, tables: [table], api_groups: [] };
  const instance = {
    name: 'own',
    display: '',
    origin,
    meta_api: `${origin}/api:meta`,
    workspaces: [workspace],
  };
  const { endpoints } = generateEndpoints(
    { instances: [instance], omitted: [] },
    { token: { env: 'XANO_TOKEN' }, page_size },
  );
  return endpoints[0]!;
}
