/** The entry of the server in the settings of a client. Pure. */

/** The clients whose settings are known. */
export const CLIENTS = ['claude', 'cursor', 'codex', 'vscode', 'gemini'] as const;

/** A client whose settings are known. */
export type Client = (typeof CLIENTS)[number];

/** The name of the entry: Xano's own server is called `xano`. */
export const SERVER_NAME = 'xano-data';

/** An entry, and the file that it belongs into. */
export interface ClientConfig {
  /** Below the project's folder. */
  readonly file: string;
  readonly form: 'json' | 'toml';
  /** The object of the file that holds all servers. */
  readonly group: string;
  readonly entry: { readonly [name: string]: unknown };
  /** The entry as a file of its own holds it. */
  readonly text: string;
}

interface ClientForm extends Pick<ClientConfig, 'file' | 'form' | 'group'> {
  /** Fields beside command and arguments. */
  readonly more?: { readonly [name: string]: unknown };
}

/**
 * Where each client keeps the servers of a project, and how it spells them. From their documentation:
 * code.claude.com/docs/en/mcp, cursor.com/docs/context/mcp, developers.openai.com/codex/mcp,
 * code.visualstudio.com/docs/copilot/reference/mcp-configuration, geminicli.com/docs/tools/mcp-server.
 */
const FORMS: Readonly<Record<Client, ClientForm>> = {
  claude: { file: '.mcp.json', form: 'json', group: 'mcpServers' },
  cursor: { file: '.cursor/mcp.json', form: 'json', group: 'mcpServers' },
  codex: { file: '.codex/config.toml', form: 'toml', group: 'mcp_servers' },
  vscode: { file: '.vscode/mcp.json', form: 'json', group: 'servers', more: { type: 'stdio' } },
  gemini: { file: '.gemini/settings.json', form: 'json', group: 'mcpServers' },
};

/** The entry that starts `xano mcp` with these arguments. */
export function clientConfig(client: Client, args: readonly string[]): ClientConfig {
  const { more, ...form } = FORMS[client];
  const entry = { ...more, command: 'npx', args: ['-y', 'xano-connector', 'mcp', ...args] };
  const text =
    form.form === 'toml'
      ? toml(form.group, entry)
      : JSON.stringify({ [form.group]: { [SERVER_NAME]: entry } }, null, 2);
  return { ...form, entry, text };
}

/** Every string of JSON is a string of TOML, and so is a list of them. */
function toml(group: string, { command, args }: { command: string; args: readonly string[] }): string {
  return [
    `[${group}.${SERVER_NAME}]`,
    `command = ${JSON.stringify(command)}`,
    `args = [${args.map((arg) => JSON.stringify(arg)).join(', ')}]`,
  ].join('\n');
}
