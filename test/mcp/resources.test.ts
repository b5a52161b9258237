/** The resources and prompts of the MCP server. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { skillNames } from '../../src/init/plan-agent-files.js';
import { startAssistant } from './assistant.js';

const DOCS = resolve(import.meta.dirname, '..', '..', 'docs');

describe('resources', () => {
  it('are the status, tables, loads and pages of the documentation', async () => {
    const { client } = await startAssistant({ flags: ['--tables', 'people', 'rooms'] });
    const { resources } = await client.listResources();
    const uris = resources.map(({ uri }) => uri.replace(/\d{8}T\d{6}Z-[0-9a-f]{4}/, '<load id>'));
    expect(uris.filter((uri) => uri.startsWith('skill://')).toSorted()).toEqual(
      skillNames().map((name) => `skill://${name}/SKILL.md`),
    );
    expect(uris.filter((uri) => !/^(xano:\/\/docs|skill:)/.test(uri))).toEqual([
      'xano://status',
      'xano://schema/people',
      'xano://schema/rooms',
      'xano://loads/<load id>',
    ]);
    expect(uris.filter((uri) => uri.startsWith('xano://docs/')).toSorted()).toEqual(
      readdirSync(DOCS)
        .map((name) => `xano://docs/${name.replace('.md', '')}`)
        .toSorted(),
    );
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'xano://schema/{table}',
      'xano://loads/{id}',
      'xano://docs/{page}',
      'skill://{+path}',
    ]);
  });

  it('hold what the tools answer, and the pages', async () => {
    const { client } = await startAssistant();
    const read = async (uri: string): Promise<string> => {
      const { contents } = await client.readResource({ uri });
      const [first] = contents;
      return first !== undefined && 'text' in first ? first.text : '';
    };
    const { resources } = await client.listResources();
    const load = resources.find(({ uri }) => uri.startsWith('xano://loads/'))!;
    expect(JSON.parse(await read('xano://status'))).toMatchObject({ verdict: 'ok' });
    expect(JSON.parse(await read('xano://schema/rooms'))).toMatchObject({ tables: [{ table: 'rooms' }] });
    expect(JSON.parse(await read(load.uri))).toMatchObject({ loads: [{ status: 'loaded' }] });
    expect(await read('xano://docs/query')).toBe(readFileSync(resolve(DOCS, 'query.md'), 'utf8'));
    expect(await read('skill://xano-query/SKILL.md')).toBe(
      readFileSync(resolve(DOCS, '../skills/xano-query/SKILL.md'), 'utf8'),
    );
  });

  it('refuse a name that is not listed', async () => {
    const { client } = await startAssistant({ flags: ['--exclude', 'people'] });
    await expect(client.readResource({ uri: 'xano://schema/people' })).rejects.toThrow(
      'has no table "people".',
    );
    await expect(client.readResource({ uri: 'xano://docs/..%2Fpackage' })).rejects.toThrow(
      'The documentation has no page "../package".',
    );
  });
});

it('the pages of the documentation are there before the first load', async () => {
  const { client } = await startAssistant({ is_loaded: false });
  const { resources } = await client.listResources();
  expect(resources.map(({ uri }) => uri)).toContain('xano://docs/query');
});

it('prompts name the tools that answer them', async () => {
  const { client } = await startAssistant();
  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name }) => name)).toEqual(['explore', 'why_did_it_fail', 'what_changed']);
  const { tools } = await client.listTools();
  const known = tools.map(({ name }) => name);
  for (const { name } of prompts) {
    const { messages } = await client.getPrompt({ name, arguments: { about: 'rooms' } });
    const [{ role, content } = { role: '', content: undefined }] = messages;
    const text = content?.type === 'text' ? content.text : '';
    expect([role, text.includes('rooms')]).toEqual(['user', true]);
    const named = [...text.matchAll(/xano_(?:status|schema|query|history|discover|load)/g)].map(
      ([one]) => one,
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((one) => !known.includes(one))).toEqual([]);
    expect((await client.getPrompt({ name })).messages).toHaveLength(1);
  }
});
