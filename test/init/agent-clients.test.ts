import { expect, it } from 'vitest';
import { foundClients } from '../../src/init/agent-clients.js';

it.each([
  ['Claude Code', { CLAUDECODE: '1' }, [], ['claude']],
  ['Cursor, which sets what VS Code sets', { TERM_PROGRAM: 'vscode', CURSOR_TRACE_ID: 'x' }, [], ['cursor']],
  ['Codex', { CODEX_SANDBOX: 'seatbelt' }, [], ['codex']],
  ['VS Code', { TERM_PROGRAM: 'vscode' }, ['.cursor'], ['vscode']],
  ['Gemini CLI', { GEMINI_CLI: '1' }, [], ['gemini']],
  ['a variable that is empty', { CLAUDECODE: '' }, [], []],
  ['folders of a project', {}, ['.cursor', '.vscode', 'CLAUDE.md'], ['claude', 'cursor', 'vscode']],
  ['the environment before folders', { GEMINI_CLI: '1' }, ['.claude', '.codex'], ['gemini']],
  ['nothing', {}, ['package.json', '.github'], []],
])('finds clients by %s', (_, env, files, clients) => {
  expect(foundClients(env, (file) => (files as readonly string[]).includes(file))).toEqual(clients);
});
