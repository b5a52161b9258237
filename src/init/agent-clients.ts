/** What `xano init` knows of each client: its folder of skills, its page of instructions, and its traces. */
import { CLIENTS, type Client } from '../mcp/client-config.js';

interface AgentClient {
  /** Its name for people. */
  readonly title: string;
  /** Where it looks for skills, below the project's folder. */
  readonly skills: string;
  /** The page that it reads in place of AGENTS.md, if it does not read that. */
  readonly page?: string;
  /** Whether a program of this client started this one. */
  readonly runs: (env: Readonly<Record<string, string | undefined>>) => boolean;
  /** Files and folders of a project that it is used in. */
  readonly traces: readonly string[];
}

/**
 * From their documentation: code.claude.com/docs/en/skills, cursor.com/docs/context/skills,
 * developers.openai.com/codex/skills, code.visualstudio.com/docs/copilot/customization/agent-skills,
 * geminicli.com/docs/cli/skills. Claude Code and Gemini CLI read a page of their own, which may import
 * AGENTS.md with a line `@AGENTS.md`.
 */
export const AGENT_CLIENTS: Readonly<Record<Client, AgentClient>> = {
  claude: {
    title: 'Claude Code',
    skills: '.claude/skills',
    page: 'CLAUDE.md',
    runs: (env) => isSet(env['CLAUDECODE']),
    traces: ['.claude', 'CLAUDE.md', '.mcp.json'],
  },
  cursor: {
    title: 'Cursor',
    skills: '.cursor/skills',
    runs: (env) => isSet(env['CURSOR_TRACE_ID']) || isSet(env['CURSOR_AGENT']),
    traces: ['.cursor', '.cursorrules'],
  },
  codex: {
    title: 'Codex',
    skills: '.agents/skills',
    runs: (env) => isSet(env['CODEX_SANDBOX']) || isSet(env['CODEX_THREAD_ID']),
    traces: ['.codex'],
  },
  vscode: {
    title: 'VS Code',
    skills: '.github/skills',
    // Cursor is made of VS Code, and sets the same variable.
    runs: (env) => env['TERM_PROGRAM'] === 'vscode' && !isSet(env['CURSOR_TRACE_ID']),
    traces: ['.vscode', '.github/copilot-instructions.md'],
  },
  gemini: {
    title: 'Gemini CLI',
    skills: '.gemini/skills',
    page: 'GEMINI.md',
    runs: (env) => isSet(env['GEMINI_CLI']),
    traces: ['.gemini', 'GEMINI.md'],
  },
};

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

/** The clients that run this program, else those that a folder has traces of. */
export function foundClients(
  env: Readonly<Record<string, string | undefined>>,
  exists: (file: string) => boolean,
): Client[] {
  const running = CLIENTS.filter((client) => AGENT_CLIENTS[client].runs(env));
  return running.length > 0 ? running : CLIENTS.filter((client) => AGENT_CLIENTS[client].traces.some(exists));
}
