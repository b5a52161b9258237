/** TOML, sections between markers, and lists of rules: what is added, and what stays. */
import { describe, expect, it } from 'vitest';
import { mergeImport, mergeLines, mergeSection } from '../../src/init/merge-section.js';
import { mergeToml } from '../../src/init/merge-toml.js';

describe('TOML', () => {
  const TABLE = '[mcp_servers.xano-data]\ncommand = "npx"\nargs = ["-y"]';
  const merge = (text: string | undefined) => mergeToml(text, 'mcp_servers', 'xano-data', TABLE);

  it.each([
    ['a file that does not exist', undefined, `${TABLE}\n`],
    [
      'comments and other servers',
      '# mine\nmodel = "x" # why\n[mcp_servers.a]\ncommand = "a"',
      `# mine\nmodel = "x" # why\n[mcp_servers.a]\ncommand = "a"\n\n${TABLE}\n`,
    ],
    [
      'servers as dotted keys of a table',
      '[mcp_servers]\na.command = "a"\n',
      `[mcp_servers]\na.command = "a"\n\n${TABLE}\n`,
    ],
  ])('is added to %s', (_, text, merged) => {
    expect(merge(text)).toEqual({ action: 'write', text: merged });
    expect(merge(merged)).toEqual({ action: 'unchanged' });
  });

  it('is unchanged where the same entry is spelled differently', () => {
    expect(merge("[mcp_servers]\nxano-data = { args = ['-y'], command = 'npx' }\n")).toEqual({
      action: 'unchanged',
    });
  });

  it.each([
    [
      'another entry',
      '[mcp_servers.xano-data]\ncommand = "x"\n',
      'left',
      'already has another entry "xano-data"',
    ],
    ['no TOML', '{ "a": 1 }', 'failed', 'is not valid TOML'],
    [
      'servers in an inline table',
      'mcp_servers = { a = { command = "secret-word" } }\n',
      'failed',
      'has "mcp_servers" in a form that cannot be added to',
    ],
    [
      'a text under that name',
      'mcp_servers = "secret-word"\n',
      'failed',
      'has "mcp_servers" in a form that cannot be added to',
    ],
  ])('stays with %s', (_, text, action, reason) => {
    expect(merge(text)).toEqual({ action, reason });
  });
});

describe('a section between markers', () => {
  const BEGIN = '<!-- xano-connector: begin (xano init replaces this section) -->';
  const END = '<!-- xano-connector: end -->';
  const merge = mergeSection('body');

  it('is added at the end, and replaced where it is', () => {
    const section = `${BEGIN}\nbody\n${END}`;
    expect(merge(undefined)).toEqual({ action: 'write', text: `${section}\n` });
    expect(merge('# Mine')).toEqual({ action: 'write', text: `# Mine\n\n${section}\n` });
    expect(merge(`# Mine\n\n${section}\n\nafter`)).toEqual({ action: 'unchanged' });
    expect(merge(`before\n<!-- xano-connector: begin -->\nold\nlines\n${END}\nafter\n`)).toEqual({
      action: 'write',
      text: `before\n${section}\nafter\n`,
    });
  });

  it('is left with a reason to stay', () => {
    expect(mergeSection('body', 'stays')(`${BEGIN}\nold\n${END}\n`)).toEqual({
      action: 'left',
      reason: 'stays',
    });
  });

  it.each([
    ['no end', `${BEGIN}\nold\n`],
    ['no beginning', `old\n${END}\n`],
    ['the end first', `${END}\n${BEGIN}\n`],
    ['two sections', `${BEGIN}\n${END}\n${BEGIN}\n${END}\n`],
  ])('fails with %s', (_, text) => {
    expect(merge(text)).toEqual({
      action: 'failed',
      reason: 'has markers of xano-connector that are not one pair',
    });
  });

  it('is not needed where the page imports the other one', () => {
    const imported = mergeImport('@AGENTS.md');
    expect(imported('See\n @AGENTS.md\n')).toEqual({ action: 'unchanged' });
    expect(imported('See AGENTS.md\n')).toEqual({
      action: 'write',
      text: `See AGENTS.md\n\n${BEGIN}\n@AGENTS.md\n${END}\n`,
    });
  });
});

it('a list gets the lines that it lacks', () => {
  const merge = mergeLines('# ours', ['.env', '*.duckdb*']);
  expect(merge(undefined)).toEqual({ action: 'write', text: '# ours\n.env\n*.duckdb*\n' });
  expect(merge('node_modules\n.env')).toEqual({
    action: 'write',
    text: 'node_modules\n.env\n\n# ours\n*.duckdb*\n',
  });
  expect(merge('  .env \n*.duckdb*\n')).toEqual({ action: 'unchanged' });
});
