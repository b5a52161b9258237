import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalXano, startLocalXano } from '../../src/sandbox/server.js';
import { CONTRACT, type ContractCall, type Shape } from '../fixtures/sandbox/contract.js';
import { ask } from './asking.js';

const TYPES: { readonly [name: string]: (value: unknown) => boolean } = {
  int: Number.isSafeInteger,
  number: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  false: (value) => value === false,
  null: (value) => value === null,
  array: Array.isArray,
  empty_array: (value) => Array.isArray(value) && value.length === 0,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  url: (value) => typeof value === 'string' && URL.canParse(value),
  guid: (value) => typeof value === 'string' && /^[\w-]{27}$/.test(value),
  hex8: (value) => typeof value === 'string' && /^[0-9a-f]{8}$/.test(value),
  metadata_time: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+0000$/.test(value),
};

/** Where a value differs from a shape; empty where it does not. */
function differences(value: unknown, shape: Shape, path = '$'): readonly string[] {
  if (typeof shape === 'string') {
    const fits = shape.split('|').some((name) => TYPES[name]!(value));
    return fits ? [] : [`${path} is ${JSON.stringify(value)}, not ${shape}`];
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value) || value.length === 0) return [`${path} is no array with elements`];
    return value.flatMap((element, at) => differences(element, shape[0], `${path}[${at}]`));
  }
  if (!TYPES.object!(value)) return [`${path} is no object`];
  // An object, by the line before.
  const object = value as { readonly [key: string]: unknown };
  const members = Object.entries(shape as { readonly [key: string]: Shape });
  const keys = Object.keys(object).toSorted().join();
  const wanted = members
    .map(([key]) => key)
    .toSorted()
    .join();
  const nested = members.flatMap(([key, inner]) => differences(object[key], inner, `${path}.${key}`));
  return keys === wanted ? nested : [`${path} has the keys ${keys}, not ${wanted}`];
}

describe('the contract', () => {
  let xano: LocalXano;
  beforeAll(async () => {
    xano = await startLocalXano();
  });
  afterAll(() => xano.close());

  function baseOf(host: ContractCall['host']): string {
    const { origin, meta_api } = xano.instances[0]!;
    return { account: xano.account_origin, meta: meta_api, origin }[host];
  }

  it.each(CONTRACT)(
    'holds for $host $name: $status ($evidence)',
    async ({ host, request, status, shape, body }) => {
      const { path, body: sent, ...rest } = request;
      const asked = sent === undefined ? rest : { ...rest, body: JSON.stringify(sent) };
      const answered = await ask(xano, `${baseOf(host)}${path}`, asked);
      expect(answered.status).toBe(status);
      if (shape !== undefined) expect(differences(answered.body, shape)).toEqual([]);
      if (body !== undefined) expect(answered.body).toEqual(body);
      if (status === 400) expect(answered.body.code).toBe('ERROR_CODE_INPUT_ERROR');
      expect(answered.headers.get('content-type')).toMatch(/^application\/json/);
      expect(answered.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
      expect(answered.headers.has('etag')).toBe(false);
    },
  );

  it('has no two calls of the same name', () => {
    const names = CONTRACT.map(({ host, name, status }) => `${host} ${name} ${status}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('finds differences', () => {
    expect(differences({ a: 1 }, { a: 'int' })).toEqual([]);
    expect(differences({ a: 1, b: 2 }, { a: 'int' })).toHaveLength(1);
    expect(differences({}, { a: 'int' })).toHaveLength(1);
    expect(differences({ a: '1' }, { a: 'int|null' })).toHaveLength(1);
    expect(differences([], ['int'])).toHaveLength(1);
    expect(differences([1, null], ['int'])).toHaveLength(1);
  });
});
