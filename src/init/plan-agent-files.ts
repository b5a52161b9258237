/**
 * The files that tell an assistant of a loaded target: the server in the settings of its client, a section of
 * AGENTS.md, skills, and rules for .gitignore.
 * In: a folder, the clients, and how the server is started.
 * Out: what each file would hold, or why it stays as it is. Reads the folder, and writes nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type Client, clientConfig, SERVER_NAME } from '../mcp/client-config.js';
import { AGENT_CLIENTS } from './agent-clients.js';
import { agentsSection } from './agents-section.js';
import { mergeJson } from './merge-json.js';
import { mergeImport, mergeLines, mergeSection } from './merge-section.js';
import { mergeToml } from './merge-toml.js';
import { wholeFile } from './merged.js';
import { type PlannedFile, planInto, type WantedFile } from './plan-files.js';

/** How the server is started, and what it serves. */
export interface AgentServer {
  /** The arguments behind `xano mcp`, with absolute paths. */
  readonly args: readonly string[];
  /** The loaded target, as commands in this folder name it. */
  readonly to: string;
}

// skills lies beside `dist` in the package and beside `src` in the repository: two levels up either way.
const SKILLS = new URL('../../skills/', import.meta.url);

/** The names of the skills. */
export function skillNames(): string[] {
  return readdirSync(SKILLS).toSorted();
}

/** Plans the files of some clients. */
export function planAgentFiles(
  folder: string,
  clients: readonly Client[],
  server: AgentServer,
): PlannedFile[] {
  const planned = new Map<string, PlannedFile>();
  planInto(
    planned,
    folder,
    clients.map((client) => settingsOf(client, server)),
  );
  const isLeft = [...planned.values()].some(({ action }) => action === 'left');
  planInto(planned, folder, [...pagesOf(clients, server, isLeft), ...clients.flatMap(skillsOf), IGNORED]);
  return [...planned.values()];
}

function settingsOf(client: Client, { args }: AgentServer): WantedFile {
  const { file, form, group, entry, text } = clientConfig(client, args);
  return {
    file,
    holds: `server ${SERVER_NAME}`,
    merge: (before) =>
      form === 'json'
        ? mergeJson(before, group, SERVER_NAME, entry)
        : mergeToml(before, group, SERVER_NAME, text),
  };
}

/** Where an entry is left, the section that is there describes that entry. */
function pagesOf(clients: readonly Client[], { to }: AgentServer, isLeft: boolean): WantedFile[] {
  const reason = isLeft ? 'may describe the entry that is left' : undefined;
  const pages = clients.flatMap((client) => AGENT_CLIENTS[client].page ?? []);
  return [
    {
      file: 'AGENTS.md',
      holds: 'section about the data',
      merge: mergeSection(agentsSection(to, skillNames()), reason),
    },
    ...pages.map((file) => ({ file, holds: 'reads AGENTS.md', merge: mergeImport('@AGENTS.md') })),
  ];
}

function skillsOf(client: Client): WantedFile[] {
  return skillNames().map((name) => ({
    file: `${AGENT_CLIENTS[client].skills}/${name}/SKILL.md`,
    holds: 'skill',
    merge: wholeFile(readFileSync(new URL(`${name}/SKILL.md`, SKILLS), 'utf8')),
  }));
}

/** `*.duckdb*` covers the file, its log and its staging. */
const IGNORED: WantedFile = {
  file: '.gitignore',
  holds: 'rules for secrets and data',
  merge: mergeLines('# Secrets and loaded data', ['.env', '*.duckdb*']),
};
