/**
 * The files that tell an assistant of a loaded target: the server in the settings of its client, a section of
 * AGENTS.md, skills, and rules for .gitignore.
 * In: a folder, the clients, and how the server is started.
 * Out: what each file would hold, or why it stays as it is. Reads the folder, and writes nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Client, clientConfig, SERVER_NAME } from '../mcp/client-config.js';
import { AGENT_CLIENTS } from './agent-clients.js';
import { agentsSection } from './agents-section.js';
import { mergeJson } from './merge-json.js';
import { mergeImport, mergeLines, mergeSection } from './merge-section.js';
import { mergeToml } from './merge-toml.js';
import { type Merge, type Merged, wholeFile } from './merged.js';
import { readPlace } from './read-place.js';

/** How the server is started, and what it serves. */
export interface AgentServer {
  /** The arguments behind `xano mcp`, with absolute paths. */
  readonly args: readonly string[];
  /** The loaded target, as commands in this folder name it. */
  readonly to: string;
}

/** A file of a plan. */
export interface PlannedFile {
  /** Below the folder, with slashes. */
  readonly file: string;
  /** What it holds for assistants, in a few words. */
  readonly holds: string;
  readonly action: Merged['action'];
  /** Why it stays as it is: a sentence. */
  readonly reason?: string;
  /** For a file to be written: where it is behind links, whether it exists, and all its bytes. */
  readonly change?: { readonly path: string; readonly exists: boolean; readonly bytes: Uint8Array };
}

interface WantedFile {
  readonly file: string;
  readonly holds: string;
  readonly merge: Merge;
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

/** Adds files to a plan, under their paths behind links. */
function planInto(planned: Map<string, PlannedFile>, folder: string, files: readonly WantedFile[]): void {
  for (const wanted of files) {
    const place = readPlace(folder, wanted.file);
    if ('reason' in place) {
      const { file, holds } = wanted;
      planned.set(resolve(folder, file), { file, holds, action: 'failed', reason: place.reason });
      continue;
    }
    // Two clients may share a file, or a link may make one of two.
    const same = planned.get(place.path);
    if (same !== undefined) {
      if (same.file !== wanted.file) planned.set(`${place.path}\n${wanted.file}`, sharedWith(same, wanted));
      continue;
    }
    planned.set(place.path, outcome(wanted, wanted.merge(place.text), place));
  }
}

function outcome(
  { file, holds }: WantedFile,
  merged: Merged,
  place: { path: string; text: string | undefined; encode: (text: string) => Uint8Array },
): PlannedFile {
  const { action } = merged;
  if (action === 'write')
    return {
      file,
      holds,
      action,
      change: { path: place.path, exists: place.text !== undefined, bytes: place.encode(merged.text) },
    };
  return { file, holds, action, ...('reason' in merged ? { reason: `${file} ${merged.reason}.` } : {}) };
}

const sharedWith = (same: PlannedFile, { file, holds }: WantedFile): PlannedFile => ({
  file,
  holds,
  action: 'unchanged',
  reason: `${file} is the same file as ${same.file}.`,
});

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

/** A path as commands in a folder name it: relative where it is below, else absolute. */
export function pathFrom(folder: string, path: string): string {
  const short = relative(folder, path);
  return short === '' || short.startsWith('..') ? path : join(short);
}
