/** Settings in JSON: an entry is added, and every other character stays. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeJson } from '../../src/init/merge-json.js';
import { plainJson } from '../../src/init/plain-json.js';

const ENTRY = { command: 'npx', args: ['-y'] };
const merge = (text: string | undefined) => mergeJson(text, 'servers', 'xano-data', ENTRY);

function written(text: string | undefined): string {
  const merged = merge(text);
  expect(merged).toMatchObject({ action: 'write' });
  return merged.action === 'write' ? merged.text : '';
}

describe('an entry is added', () => {
  it('to a file that does not exist, or is empty', () => {
    const whole = `${JSON.stringify({ servers: { 'xano-data': ENTRY } }, null, 2)}\n`;
    expect([written(undefined), written(''), written(' \n')]).toEqual([whole, whole, whole]);
  });

  it('beside others, in the indentation of the file', () => {
    expect(written('{\n\t"servers": {\n\t\t"a": { "command": "a" }\n\t},\n\t"b": 1\n}\n')).toBe(
      '{\n\t"servers": {\n\t\t"a": { "command": "a" },\n\t\t"xano-data": {\n\t\t\t"command": "npx",\n\t\t\t"args": [\n\t\t\t\t"-y"\n\t\t\t]\n\t\t}\n\t},\n\t"b": 1\n}\n',
    );
  });

  it('in a group of its own where there is none', () => {
    expect(written('{}')).toBe(
      '{\n  "servers": {\n    "xano-data": {\n      "command": "npx",\n      "args": [\n        "-y"\n      ]\n    }\n  }\n}',
    );
    expect(written('{ "a": 1 }').startsWith('{ "a": 1,\n  "servers": {')).toBe(true);
  });

  it('behind comments and a trailing comma, which stay', () => {
    const text = `// Servers of this project
{
  /* "servers": {} is below { } */
  "inputs": [], // none, "servers": {
  "servers": {
    "a": { "command": "a", "args": ["//", "/*", "\\"}"], }, // keep
    // the last one
  },
}
`;
    const merged = written(text);
    expect(merged).toBe(
      text.replace(
        '// the last one',
        '// the last one\n    "xano-data": {\n      "command": "npx",\n      "args": [\n        "-y"\n      ]\n    }',
      ),
    );
    expect(JSON.parse(plainJson(merged))).toEqual({
      inputs: [],
      servers: { a: { command: 'a', args: ['//', '/*', '"}'] }, 'xano-data': ENTRY },
    });
  });

  it('behind a comment after the last entry, with a comma before it', () => {
    expect(written('{"servers": {"a": {} // mine\n}}')).toContain('{"a": {}, // mine\n    "xano-data"');
  });

  it('once: the second time nothing changes', () => {
    expect(merge(written('{ "servers": { /* none yet */ } }'))).toEqual({ action: 'unchanged' });
  });
});

describe('a file stays as it is', () => {
  it.each([
    [
      'another entry of that name',
      '{"servers": {"xano-data": {"command": "other"}}}',
      'left',
      'already has another entry "xano-data"',
    ],
    ['no JSON', 'servers:\n  a: 1\n', 'failed', 'is not valid JSON'],
    ['a comment without an end', '{"servers": {} /* ', 'failed', 'is not valid JSON'],
    ['a text without an end', '{"servers": "', 'failed', 'is not valid JSON'],
    ['two values', '{} {}', 'failed', 'is not valid JSON'],
    ['a list', '[]', 'failed', 'is JSON, but not an object'],
    [
      'a group that is a list',
      '{"servers": []}',
      'failed',
      'has something else than an object under "servers"',
    ],
    [
      'a group that is null',
      '{"servers": null}',
      'failed',
      'has something else than an object under "servers"',
    ],
  ])('with %s', (_, text, action, reason) => {
    expect(merge(text)).toEqual({ action, reason });
  });

  it('and no reason quotes it, since it may hold secrets', () => {
    expect(JSON.stringify(merge('{"env": {"KEY": "secret-word" "x"}}'))).not.toContain('secret');
  });
});

it('names that look like others are told apart', () => {
  const merged = written('{"\\u0073ervers": {"a": {}}, "x": {"servers": {}}}');
  expect(JSON.parse(merged)).toEqual({ servers: { a: {}, 'xano-data': ENTRY }, x: { servers: {} } });
});

it('any settings keep what they hold', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.option(fc.dictionary(fc.string(), fc.jsonValue()), { nil: undefined }),
      fc.constantFrom(undefined, 0, 2, '\t'),
      (others, servers, space) => {
        const { servers: _, ...rest } = others;
        const before = servers === undefined ? rest : { ...rest, servers };
        const merged = merge(JSON.stringify(before, null, space));
        if (servers !== undefined && Object.hasOwn(servers, 'xano-data')) return;
        expect(merged.action).toBe('write');
        if (merged.action !== 'write') return;
        const wanted = { ...before, servers: { ...servers, 'xano-data': ENTRY } };
        expect(JSON.stringify(JSON.parse(merged.text))).toBe(
          JSON.stringify(JSON.parse(JSON.stringify(wanted))),
        );
      },
    ),
  );
});
