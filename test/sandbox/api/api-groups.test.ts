import { describe, expect, it } from 'vitest';
import { defineApiGroup, defineEndpoint, defineWorkspace } from '../../../src/sandbox/data/define.js';
import type { LocalWorkspace } from '../../../src/sandbox/data/model.js';
import { localXano } from '../../fixtures/local-xano.js';
import { keys, officeOf, products } from '../../fixtures/office.js';
import { ask, askMeta } from '../asking.js';

const nothing = { kind: 'accept' } as const;

/** Three groups on the live branch and one that only the branch `next` has. */
function workspace(): LocalWorkspace {
  const empty = defineWorkspace(3, 'Small', '', []);
  const old = defineApiGroup(1, 'Aaaaaaa1', 'Old', false, [
    { ...defineEndpoint(11, 'POST', 'b', '', nothing), created_at: '2026-01-01 00:00:00+0000' },
    { ...defineEndpoint(12, 'POST', 'a', '', nothing), created_at: '2026-01-02 00:00:00+0000' },
  ]);
  const groups = [
    { ...old, created_at: '2026-01-01 00:00:00+0000' },
    { ...defineApiGroup(2, 'Aaaaaaa2', 'New', false, []), created_at: '2026-01-03 00:00:00+0000' },
    { ...defineApiGroup(3, 'Aaaaaaa3', 'Middle', false, []), created_at: '2026-01-02 00:00:00+0000' },
    {
      ...old,
      id: 4,
      branch: 'next',
      name: 'Old, next',
      endpoints: [defineEndpoint(41, 'POST', 'c', '', nothing)],
    },
  ];
  const next = { created_at: '2026-01-05 00:00:00+0000', label: 'next', backup: false, live: false };
  return { ...empty, branches: [...empty.branches, next], api_groups: groups };
}

const start = () =>
  localXano({ instances: [{ ...officeOf(products(), keys()), workspaces: [workspace()] }] });
const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

describe('the list of API groups', () => {
  it.each([
    ['', ['New', 'Middle', 'Old']],
    ['?order=asc', ['Old', 'Middle', 'New']],
    ['?sort=name&order=asc', ['Middle', 'New', 'Old']],
    ['?search=ld', ['Old']],
    ['?branch=', ['New', 'Middle', 'Old']],
    ['?branch=next', ['Old, next']],
    ['?per_page=2&page=2', ['Old']],
  ])('gives, with %j, %j', async (query, expected) => {
    const { body } = await askMeta(await start(), `/workspace/3/apigroup${query}`);
    expect(names(body.items)).toEqual(expected);
    expect(body.nextPage).toBeNull();
  });

  it.each(['per_page=10001', 'sort=id', 'order=x'])('refuses %s', async (query) => {
    const xano = await start();
    expect((await askMeta(xano, `/workspace/3/apigroup?${query}`)).status).toBe(400);
    expect((await askMeta(xano, `/workspace/3/apigroup/1/api?${query}`)).status).toBe(400);
  });

  it('leads to endpoints, the newest first', async () => {
    const { body } = await askMeta(await start(), '/workspace/3/apigroup/1/api');
    expect(names(body.items)).toEqual(['a', 'b']);
    expect(body.items[0]).toMatchObject({ verb: 'POST', auth: false });
  });
});

describe('branches', () => {
  it('share a canonical: the suffix picks the branch, and without one the live branch answers', async () => {
    const xano = await start();
    const { origin } = xano.instances[0]!;
    const status = async (address: string) =>
      (await ask(xano, `${origin}/${address}`, { method: 'POST' })).status;
    expect(await status('api:Aaaaaaa1/a')).toBe(200);
    expect(await status('api:Aaaaaaa1/c')).toBe(404);
    expect(await status('api:Aaaaaaa1:v1/a')).toBe(200);
    expect(await status('api:Aaaaaaa1:next/c')).toBe(200);
    expect(await status('api:Aaaaaaa1:next/a')).toBe(404);
    expect(await status('api:Aaaaaaa2:next/a')).toBe(404);
  });

  it('each have their own part of the workspace’s OpenAPI document', async () => {
    const xano = await start();
    const paths = async (query: string) =>
      Object.keys((await askMeta(xano, `/workspace/3/openapi${query}`)).body.paths);
    expect(await paths('')).toEqual(['/api:Aaaaaaa1/b', '/api:Aaaaaaa1/a']);
    expect(await paths('?branch=next')).toEqual(['/api:Aaaaaaa1/c']);
  });
});
