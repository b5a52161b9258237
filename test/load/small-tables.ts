/**
 * Small tables whose every row can be written down, on a local Xano or on a server that answers differently.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { ResolvedEndpoint } from '../../src/rest/config/endpoint-config.js';
import { defineTable, field } from '../../src/sandbox/data/define.js';
import type { LocalField, LocalInstance, LocalRow, LocalTable } from '../../src/sandbox/data/model.js';
import { rowFromJson, rowsOf } from '../../src/sandbox/data/rows.js';
import type { Table } from '../../src/xano/catalog.js';
import { generateEndpoints } from '../../src/xano/endpoints.js';
import { smallInstance } from '../fixtures/sandbox/small.js';

/** A row of {@link items}. */
export const item = (id: number): LocalRow => rowFromJson(`{"id":${id},"name":"item ${id}"}`);

/** A table of whole-number ids, stored in no order of theirs. */
export function items(ids: readonly number[], name = 'items', id = 51): LocalTable {
  const rows = rowsOf(ids.toReversed().map(item));
  return defineTable(id, name, [field('id', 'int'), field('name', 'text')], { live: rows });
}

/** An instance with the one workspace 3 of these tables. */
export const withTables = (...tables: readonly LocalTable[]): readonly LocalInstance[] => [
  smallInstance(...tables),
];

/** A table of rows as raw JSON. */
export function rawTable(
  name: string,
  fields: readonly LocalField[],
  rows: readonly string[],
  id = 52,
): LocalTable {
  return defineTable(id, name, fields, { live: rowsOf(rows.map(rowFromJson)) });
}

/** A request as a server of a test's own sees it. */
export interface Seen {
  readonly url: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into what was sent, and fail without it
  readonly body: any;
}

/** A server of a test's own: `answer` gives JSON to send, or a status and JSON. */
export async function ownServer(answer: (seen: Seen) => unknown): Promise<{ origin: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (incoming: IncomingMessage, response) => {
    const body = await text(incoming);
    const asked = { url: incoming.url ?? '', body: body === '' ? null : JSON.parse(body) };
    seen.push(asked);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer(asked)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

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
  const workspace = { id: 3, name: 'Small', description: '', branch: null, tables: [table], api_groups: [] };
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
