/** The shapes in which Xano sends lists and things, and what is made of them. */
import { describe, expect, it } from 'vitest';
import {
  apiGroupSchema,
  endpointSchema,
  fieldSchema,
  indexSchema,
  instanceSchema,
  listPage,
  meSchema,
  readWire,
  tableSchema,
  toEndpoint,
  toField,
  toIndex,
  workspaceSchema,
} from '../../src/metadata/wire.js';

describe('listPage', () => {
  it.each([
    ['a bare array', [{ id: 1 }], { items: [{ id: 1 }], next: null, paged: false }],
    ['an empty array', [], { items: [], next: null, paged: false }],
    [
      'an envelope',
      { curPage: 1, nextPage: 2, prevPage: null, items: [1] },
      { items: [1], next: 2, paged: true },
    ],
    [
      'the last envelope',
      { curPage: 2, nextPage: null, prevPage: 1, items: [1] },
      { items: [1], next: null, paged: true },
    ],
    [
      'an envelope in an array',
      [{ curPage: 1, nextPage: 2, items: [1, 2] }],
      { items: [1, 2], next: 2, paged: true },
    ],
    ['the list under its own name', { things: [1] }, { items: [1], next: null, paged: true }],
    ['a nextPage that is not a number', { nextPage: '2', items: [] }, { items: [], next: null, paged: true }],
    [
      'one thing that has items of its own',
      [{ id: 1, items: [] }],
      { items: [{ id: 1, items: [] }], next: null, paged: false },
    ],
  ])('reads %s', (_, body, expected) => {
    expect(listPage(body, 'things')).toEqual(expected);
  });

  it.each([[null], ['text'], [5], [{}], [{ items: null }], [{ items: {} }], [{ others: [] }]])(
    'refuses %j',
    (body) => {
      expect(() => listPage(body, 'things')).toThrow(
        expect.objectContaining({
          code: 'RESPONSE_UNEXPECTED',
          message: 'The answer holds no list of things.',
        }),
      );
    },
  );
});

describe('readWire', () => {
  it('names the object and the field that differ from the documentation', () => {
    const refused = (read: () => unknown, message: RegExp) =>
      expect(read).toThrow(
        expect.objectContaining({
          code: 'RESPONSE_UNEXPECTED',
          message: expect.stringMatching(message) as unknown,
        }),
      );
    refused(
      () => readWire(workspaceSchema, { id: 'x', name: 'W' }, 'a workspace'),
      /^Xano sent a workspace that is not as documented: id: /,
    );
    refused(() => readWire(workspaceSchema, { id: 1 }, 'a workspace'), /: name: /);
    refused(() => readWire(workspaceSchema, 'W', 'a workspace'), /: itself: /);
    refused(
      () => readWire(tableSchema, { id: 1, name: 'T', schema: [{ name: 'id' }] }, 'a table'),
      /^Xano sent a table .*: schema\.0\.type: /,
    );
    refused(() => readWire(instanceSchema, { name: 'x', display: '' }, 'an instance'), /: meta_api: /);
    refused(() => readWire(meSchema, { id: 1 }, 'an answer about the token'), /: email: /);
    refused(() => readWire(apiGroupSchema, { id: 1, name: 'G' }, 'an API group'), /: canonical: /);
  });

  it('accepts fields that older servers omit or spell otherwise', () => {
    expect(readWire(workspaceSchema, { id: '7', name: 'W', description: null }, '')).toEqual({
      id: 7,
      name: 'W',
      description: '',
      branch: null,
    });
    expect(readWire(instanceSchema, { name: 12, meta_api: 'https://x/api:meta' }, '')).toEqual({
      name: '12',
      display: '',
      xano_domain: '',
      custom_domain: '',
      meta_api: 'https://x/api:meta',
    });
    expect(readWire(tableSchema, { id: 1, name: 'T', updated_at: 5, auth: null }, '')).toEqual({
      id: 1,
      name: 'T',
      description: '',
      guid: null,
      updated_at: null,
      auth: false,
    });
    expect(readWire(meSchema, { id: 1, email: 'a@b', more: true }, '')).toEqual({
      id: 1,
      name: '',
      email: 'a@b',
    });
  });
});

describe('a field', () => {
  const read = (wire: object) => toField(readWire(fieldSchema, wire, 'a column'));
  const base = { description: '', nullable: false, required: false, access: 'public', style: 'single' };

  it('needs a name and a type only', () => {
    expect(read({ name: 'a', type: 'blob' })).toEqual({ name: 'a', type: 'blob', ...base });
  });

  it('keeps the details of enums, references, vectors and children', () => {
    const full = {
      description: 'd',
      nullable: true,
      required: true,
      access: 'private',
      style: 'list',
      default: 'x',
      format: '',
    };
    expect(read({ name: 'kind', type: 'enum', ...full, values: ['a', 'b'] })).toEqual({
      name: 'kind',
      type: 'enum',
      description: 'd',
      nullable: true,
      required: true,
      access: 'private',
      style: 'list',
      values: ['a', 'b'],
    });
    expect(read({ name: 'r', type: 'int', tableref_id: 5 })).toEqual({
      name: 'r',
      type: 'int',
      ...base,
      tableref_id: 5,
    });
    expect(read({ name: 'v', type: 'vector', vector: { size: 3 } })).toEqual({
      name: 'v',
      type: 'vector',
      ...base,
      vector_size: 3,
    });
    expect(
      read({
        name: 'o',
        type: 'object',
        children: [{ name: 'p', type: 'object', children: [{ name: 'q', type: 'text' }] }],
      }),
    ).toEqual({
      name: 'o',
      type: 'object',
      ...base,
      children: [{ name: 'p', type: 'object', ...base, children: [{ name: 'q', type: 'text', ...base }] }],
    });
  });

  it('omits meaningless details, and does not fail on them', () => {
    const empty = {
      tableref_id: null,
      vector: null,
      children: null,
      values: [],
      style: 'many',
      nullable: 'yes',
      access: 7,
    };
    expect(read({ name: 'a', type: 'int', ...empty })).toEqual({ name: 'a', type: 'int', ...base });
    const odd = { tableref_id: 0, vector: { size: 0 }, children: [], values: [{ value: 'a' }] };
    expect(read({ name: 'a', type: 'int', ...odd })).toEqual({ name: 'a', type: 'int', ...base });
  });

  it('keeps no part of the values of an enum', () => {
    expect(read({ name: 'a', type: 'enum', values: ['a', 1, 'b'] })).toEqual({
      name: 'a',
      type: 'enum',
      ...base,
    });
  });
});

it('an index keeps its type and the names of its fields', () => {
  const read = (wire: object) => toIndex(readWire(indexSchema, wire, 'an index'));
  expect(
    read({ type: 'btree|unique', fields: [{ name: 'a', op: 'asc' }, { name: 'b' }], id: '411a6c94' }),
  ).toEqual({
    type: 'btree|unique',
    fields: ['a', 'b'],
  });
  expect(read({ type: 'gin', fields: 'xdo' })).toEqual({ type: 'gin', fields: [] });
});

describe('an endpoint', () => {
  const read = (wire: object) =>
    toEndpoint(readWire(endpointSchema, { id: 1, name: 'a', verb: 'GET', ...wire }, 'an endpoint'));

  it('has a path without a slash in front and its verb in capitals', () => {
    expect(
      read({
        name: '/tasks/{id}',
        verb: 'get',
        description: 'd',
        input: [{ name: 'id', type: 'int', required: true }],
      }),
    ).toEqual({
      id: 1,
      verb: 'GET',
      path: 'tasks/{id}',
      description: 'd',
      auth: false,
      inputs: [
        {
          name: 'id',
          type: 'int',
          description: '',
          nullable: false,
          required: true,
          access: 'public',
          style: 'single',
        },
      ],
    });
  });

  it.each([
    [false, false],
    [null, false],
    ['', false],
    [undefined, false],
    [true, true],
    [{ id: 14, name: 'users' }, true],
  ])('auth %j means that a login is needed: %j', (auth, expected) => {
    expect(read({ auth }).auth).toBe(expected);
  });
});

describe('updated_at', () => {
  it.each([
    ['2026-01-11 21:14:24+0000', '2026-01-11T21:14:24.000Z'],
    ['2026-01-11 21:14:24.5-0230', '2026-01-11T23:44:24.500Z'],
    ['2026-01-11T21:14:24Z', '2026-01-11T21:14:24Z'],
    ['2026-13-45 21:14:24+0000', '2026-13-45 21:14:24+0000'],
    ['yesterday', 'yesterday'],
  ])('is read as a time: %s is %s', (sent, read) => {
    expect(readWire(tableSchema, { id: 1, name: 'T', updated_at: sent }, 'a table').updated_at).toBe(read);
  });
});
