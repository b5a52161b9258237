/** `xano_discover`: what the token may see in Xano now. */
import { z } from 'zod';
import { catalogOf } from '../../session/catalog.js';
import { connect } from '../../session/connect.js';
import type { McpContext, McpOptions } from '../mcp-context.js';
import { isSeen } from '../scope.js';
import { type Tool, tool } from '../tool.js';

const input = z.strictObject({
  workspace: z.string().min(1).max(500).optional().describe('name or id; default all that the token sees'),
  counts: z.boolean().default(false).describe('count the rows of each table, with one request a table'),
});

const output = z.object({
  asked_at: z.string(),
  instances: z.array(
    z.object({
      instance: z.string(),
      workspaces: z.array(
        z.object({
          workspace: z.string(),
          id: z.number(),
          tables: z.array(z.object({ table: z.string(), id: z.number(), rows: z.number().optional() })),
        }),
      ),
    }),
  ),
  omitted: z
    .array(
      z.object({
        instance: z.string(),
        workspace: z.string().nullable(),
        what: z.string(),
        code: z.string(),
        reason: z.string(),
      }),
    )
    .describe('what the token could not see, and why'),
  more: z.string().optional(),
});

/** The most tables of an answer: about 36,000 characters. */
const MOST_TABLES = 500;

/** Makes the tool. */
export function discoverTool(context: McpContext): Tool {
  return tool({
    name: 'xano_discover',
    title: 'Look into Xano',
    description:
      'List the instances, workspaces and tables that exist in Xano now, with row counts on request. Asks Xano; the other tools read the local copy.',
    hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    input,
    output,
    run: async ({ workspace, counts }, call) => {
      const { options } = context;
      const flags = workspace === undefined ? options : { ...options, workspace };
      const notify = (): void => {};
      const connection = await connect(flags, { ...context, signal: call.signal }, { notify });
      const catalog = await catalogOf(connection, notify, { counts, api_groups: false });
      let left = MOST_TABLES;
      let missing = 0;
      const instances = catalog.instances.map((instance) => ({
        instance: instance.name,
        workspaces: instance.workspaces.map(({ name, id, tables }) => {
          const seen = tables.filter((table) => isSeen(table.name, options));
          const listed = seen.slice(0, left);
          left -= listed.length;
          missing += seen.length - listed.length;
          return {
            workspace: name,
            id,
            tables: listed.map((table) => ({
              table: table.name,
              id: table.id,
              ...(table.rows === undefined ? {} : { rows: table.rows }),
            })),
          };
        }),
      }));
      return {
        asked_at: new Date(context.now()).toISOString(),
        instances,
        omitted: catalog.omitted
          .filter(({ what }) => isTold(what, options))
          .map(({ instance, workspace: of, what, code, reason }) => ({
            instance,
            workspace: of,
            what,
            code,
            reason,
          })),
        ...(missing === 0 ? {} : { more: `${missing} tables are not listed; name a workspace.` }),
      };
    },
  });
}

/** Whether an omission names no table that the client must not see: `columns of "orders"`. */
function isTold(what: string, options: McpOptions): boolean {
  const start = what.indexOf('"');
  return start === -1 || isSeen(what.slice(start + 1, what.lastIndexOf('"')), options);
}
