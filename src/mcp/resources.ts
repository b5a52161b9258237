/** The resources of the server: what tools answer, and the documentation, each under an address. */
import { readdirSync, readFileSync } from 'node:fs';
import { XanoError } from '../index.js';
import { clean } from './clean.js';
import type { McpContext } from './mcp-context.js';
import { withStore } from './read-store.js';
import { shownName } from './scope.js';
import type { Call, Tool } from './tool.js';

/** One resource, or many under a template with one variable. */
export interface Resource {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** An address, or a template that ends in a variable. */
  readonly uri: string;
  readonly mime_type: 'application/json' | 'text/markdown';
  /** The values of the variable that exist; undefined for a resource without one. */
  readonly list: (() => Promise<readonly string[]>) | undefined;
  /** The text under a value of the variable. Throws XanoError. */
  readonly read: (value: string, call: Call) => Promise<string>;
}

/** The most entries of a list. */
const MOST_LISTED = 200;

// docs lies beside `dist` in the package and beside `src` in the repository: two levels up either way.
const DOCS = new URL('../../docs/', import.meta.url);

/** The resources that a client is offered. */
export function resourcesOf(context: McpContext, tools: readonly Tool[]): Resource[] {
  const answer = async (name: string, input: object, call: Call): Promise<string> => {
    const tool = tools.find((one) => one.name === name);
    return JSON.stringify(clean(await tool?.run(input, call)));
  };
  return [
    {
      name: 'status',
      title: 'Freshness and completeness',
      description: 'The answer of xano_status for all tables.',
      uri: 'xano://status',
      mime_type: 'application/json',
      list: undefined,
      read: (_, call) => answer('xano_status', {}, call),
    },
    {
      name: 'schema',
      title: 'A table',
      description: 'The columns, types and keys of a table.',
      uri: 'xano://schema/{table}',
      mime_type: 'application/json',
      list: () => withStore(context, async ({ seen }) => seen.slice(0, MOST_LISTED).map(shownName)),
      read: (table, call) => answer('xano_schema', { tables: [table] }, call),
    },
    {
      name: 'loads',
      title: 'A past load',
      description: 'The report of a load.',
      uri: 'xano://loads/{id}',
      mime_type: 'application/json',
      list: () =>
        withStore(context, async ({ status }) => status.loads.map(({ load_id }) => load_id), { loads: 20 }),
      read: (load_id, call) => answer('xano_history', { load_id }, call),
    },
    {
      name: 'docs',
      title: 'Documentation',
      description:
        'A page of the documentation, such as query (SQL to copy) or tables (what the file holds).',
      uri: 'xano://docs/{page}',
      mime_type: 'text/markdown',
      list: async () => pages(),
      read: async (page) => pageText(page),
    },
  ];
}

const pages = (): string[] =>
  readdirSync(DOCS)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -'.md'.length))
    .toSorted();

/** Reads a page by its name, if the folder lists that name: a client cannot name another file. */
function pageText(page: string): string {
  const known = pages();
  if (!known.includes(page))
    throw new XanoError('USAGE', `The documentation has no page "${page}".`, {
      hint: `Name one of: ${known.join(', ')}.`,
    });
  return readFileSync(new URL(`${page}.md`, DOCS), 'utf8');
}
