/** The tools of the server. */
import type { McpContext } from '../mcp-context.js';
import type { Tool } from '../tool.js';
import { discoverTool } from './discover-tool.js';
import { historyTool } from './history-tool.js';
import { loadTool } from './load-tool.js';
import { queryTool } from './query-tool.js';
import { schemaTool } from './schema-tool.js';
import { statusTool } from './status-tool.js';

/** The tools that a client is offered. */
export function toolsOf(context: McpContext): Tool[] {
  return [
    statusTool(context),
    schemaTool(context),
    queryTool(context),
    historyTool(context),
    discoverTool(context),
    ...(context.options.allow_load ? [loadTool(context)] : []),
  ];
}
