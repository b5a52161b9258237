/** The entry of the server in the settings of a client. Pure. */

/** The clients whose settings are known. */
export const CLIENTS = ['claude', 'cursor', 'codex', 'vscode', 'gemini'] as const;

/** A client whose settings are known. */
export type Client = (typeof CLIENTS)[number];

/** An entry, and the file that it belongs into. */
export interface ClientConfig {
  /** Below the project's folder. */
  readonly file: string;
  readonly text: string;
}

interface Server {
  readonly command: string;
  readonly args: readonly string[];
}

const json =
  (group: string, more: object = {}) =>
  (server: Server): string =>
    JSON.stringify({ [group]: { 'xano-data': { ...more, ...server } } }, null, 2);

/** Every string of JSON is a string of TOML. */
const toml = ({ command, args }: Server): string =>
  [
    '[mcp_servers.xano-data]',
    `command = ${JSON.stringify(command)}`,
    `args = [${args.map((arg) => JSON.stringify(arg)).join(', ')}]`,
  ].join('\n');

/**
 * Where each client keeps the servers of a project, and how it spells them. From their documentation:
 * code.claude.com/docs/en/mcp, cursor.com/docs/context/mcp, developers.openai.com/codex/mcp,
 * code.visualstudio.com/docs/copilot/reference/mcp-configuration, geminicli.com/docs/tools/mcp-server.
 */
const FORMS: Readonly<Record<Client, { readonly file: string; readonly spell: (server: Server) => string }>> =
  {
    claude: { file: '.mcp.json', spell: json('mcpServers') },
    cursor: { file: '.cursor/mcp.json', spell: json('mcpServers') },
    codex: { file: '.codex/config.toml', spell: toml },
    vscode: { file: '.vscode/mcp.json', spell: json('servers', { type: 'stdio' }) },
    gemini: { file: '.gemini/settings.json', spell: json('mcpServers') },
  };

/** The entry that starts `xano mcp` with these arguments. */
export function clientConfig(client: Client, args: readonly string[]): ClientConfig {
  const { file, spell } = FORMS[client];
  return { file, text: spell({ command: 'npx', args: ['-y', 'xano-connector', 'mcp', ...args] }) };
}
