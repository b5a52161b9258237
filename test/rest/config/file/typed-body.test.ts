/**
 * Values of config files: which are sent as numbers, which as they are written, and which cannot be sent at
 * all.
 */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../src/rest/config/config-file.js';
import type { EndpointConfig } from '../../../../src/rest/config/endpoint-config.js';
import { thrownBy } from '../../decode/reading.js';

const HEAD = 'client: { base_url: https://x.example }\nresources:\n';
const first = (resource: string): EndpointConfig => readConfig(`${HEAD}${resource}`, 'x.yaml').endpoints[0]!;
const body = (fields: string) => first(`  - { name: a, body: { ${fields} } }`).body;
const refused = (resource: string): string => {
  const { code, message } = thrownBy(() => readConfig(`${HEAD}${resource}`, 'x.yaml'));
  expect(code).toBe('CONFIG_INVALID');
  return message;
};

describe('numbers in a body', () => {
  it('are sent as numbers, however YAML spells them', () => {
    expect(body('a: 5, b: 0.5, c: 1.10, d: 2.0, e: 1e3, f: .5, g: +1, h: 0x1F, i: 0o17, j: -2.50')).toEqual({
      a: 5,
      b: 0.5,
      c: 1.1,
      d: 2,
      e: 1000,
      f: 0.5,
      g: 1,
      h: 31,
      i: 15,
      j: -2.5,
    });
  });

  it('are sent as numbers at any depth, by alias and by merge key, in YAML and in JSON', () => {
    expect(body('a: [3.50, { b: 1.10 }], c: { d: { e: [[2.0]] } }')).toEqual({
      a: [3.5, { b: 1.1 }],
      c: { d: { e: [[2]] } },
    });
    expect(first('  - { name: a, params: &p { v: 1.10 }, body: { <<: *p, w: 2.0 } }')).toMatchObject({
      params: { v: '1.10' },
      body: { v: 1.1, w: 2 },
    });
    expect(first('  - { name: a, params: { v: &v 2.50 }, body: { v: *v } }')).toMatchObject({
      params: { v: '2.50' },
      body: { v: 2.5 },
    });
    const json = { client: { base_url: 'https://x.example' }, resources: [{ name: 'a', body: { v: 0 } }] };
    expect(
      readConfig(JSON.stringify(json).replace('"v":0', '"v":1.10'), 'x.json').endpoints[0]?.body,
    ).toEqual({
      v: 1.1,
    });
  });

  it('may come from the defaults of all lists', () => {
    const text =
      'client: { base_url: https://x.example }\nresource_defaults: { body: { v: 1.10 } }\nresources: [a]';
    expect(readConfig(text, 'x.yaml').endpoints[0]?.body).toEqual({ v: 1.1 });
  });

  it('leave YAML texts texts, and names unchanged', () => {
    expect(
      body('a: "1.10", b: NO, c: yes, d: 1_000, e: 2024-01-01, f: 12:30:45, g: "0123", h: null, i: True'),
    ).toEqual({
      a: '1.10',
      b: 'NO',
      c: 'yes',
      d: '1_000',
      e: '2024-01-01',
      f: '12:30:45',
      g: '0123',
      h: null,
      i: true,
    });
    expect(body('1.10: a, 01: b')).toEqual({ '1.10': 'a', '01': 'b' });
  });

  it.each(['1000000000000000000', '9007199254740992', '3.141592653589793', '1e21', '0.1'])(
    'are sent where JSON has exactly that number: %s',
    (number) => {
      expect(body(`v: ${number}`)).toEqual({ v: Number(number) });
    },
  );

  it.each([
    '12345678901234567890',
    '1234567890123456789',
    '9007199254740993',
    '0.12345678901234567890',
    '1e-400',
    '0xFFFFFFFFFFFFFFFFFF',
  ])('are refused with their line where digits would be lost: %s', (number) => {
    expect(refused(`  - name: a\n    body:\n      deep: [{ v: ${number} }]`)).toBe(
      `x.yaml is not valid. Line 5: resources[0].body.deep[0].v found a number of more digits than can be sent exactly (${number}): put it in quotes to send a text.`,
    );
  });

  it.each(['.inf', '-.inf', '.nan', '1e400'])('are refused where JSON lacks them: %s', (number) => {
    expect(refused(`  - { name: a, body: { v: ${number} } }`)).toBe(
      `x.yaml is not valid. Line 3: resources[0].body.v found ${number}: JSON has no such number.`,
    );
  });

  it.each(['01234', '007', '-012'])(
    'are refused with zeros in front, which may mean a text: %s',
    (number) => {
      expect(refused(`  - { name: a, body: { v: ${number} } }`)).toBe(
        `x.yaml is not valid. Line 3: resources[0].body.v found ${number}, which begins with 0: put it in quotes to send a text, or leave out the zeros to send a number.`,
      );
    },
  );

  it('are refused in a file of `xano endpoints`, where digits would be lost', () => {
    const endpoint = { ...first('  - { name: a, body: { v: 5 } }'), body: { v: 5 } };
    const text = JSON.stringify({ version: 1, endpoints: [endpoint] }, null, 1);
    expect(readConfig(text, 'x.json').endpoints[0]?.body).toEqual({ v: 5 });
    const { message } = thrownBy(() =>
      readConfig(text.replace('"v": 5', '"v": 12345678901234567890'), 'x.json'),
    );
    expect(message).toMatch(
      /^x\.json is not valid\. Line \d+: endpoints\[0\]\.body\.v found a number of more digits/,
    );
  });
});

describe('params and headers', () => {
  it('are sent as they are written', () => {
    const { params, headers } = first(
      '  - { name: a, params: { v: 1.10, zip: 01234, id: 12345678901234567890, no: NO, d: 2024-01-01, t: True, f: false, tm: 12:30:45, h: 0x1F, i: .inf }, headers: { x-v: 2024.10, x-t: TRUE } }',
    );
    expect(params).toEqual({
      v: '1.10',
      zip: '01234',
      id: '12345678901234567890',
      no: 'NO',
      d: '2024-01-01',
      t: 'True',
      f: 'false',
      tm: '12:30:45',
      h: '0x1F',
      i: '.inf',
    });
    expect(headers).toEqual({ 'x-v': '2024.10', 'x-t': 'TRUE' });
  });
});

describe('an initial_value', () => {
  const incremental = (fields: string) =>
    `  - { name: a, primary_key: id, write_disposition: merge, method: POST, body: {}, incremental: { cursor_path: at, start_param: since, ${fields} } }`;

  it.each<[string, string | number]>([
    ['initial_value: 1.50', '1.50'],
    ['in: body, initial_value: 1.50', 1.5],
    ['in: body, initial_value: "0"', '0'],
    ['in: body, initial_value: 2024-01-01', '2024-01-01'],
    ['initial_value: "${SINCE:-2024-01-01}"', '${SINCE:-2024-01-01}'],
  ])('is accepted: %s', (fields, value) => {
    expect(first(incremental(fields)).incremental?.initial_value).toBe(value);
  });

  it.each([
    ['in: body, initial_value: 007', 'found 007, which begins with 0'],
    ['initial_value: "${SINCE:=1}"', 'holds ${…}, which is not a variable'],
  ])('is refused: %s', (fields, why) => {
    expect(refused(incremental(fields))).toContain(`Line 3: resources[0].incremental.initial_value ${why}`);
  });
});

describe('variables in a config file', () => {
  it('survive braces, commas and colons where lists and objects are written in one line', () => {
    expect(
      first(
        '  - { name: a, params: { r: ${R:-eu,us}, q: ${Q-a: b #c}, p: ${P:+[x]}, u: ${U:-https://x.y/z} } }',
      ).params,
    ).toEqual({ r: '${R:-eu,us}', q: '${Q-a: b #c}', p: '${P:+[x]}', u: '${U:-https://x.y/z}' });
  });

  it('that have a default need not be set, and others replace the file’s text', () => {
    const text = `${HEAD}  - { name: a, params: { a: "\${A:-1}", b: "\${B-}", c: "\${C:+x}" }, headers: { x-d: "\${D:?ask Ann}" }, body: { e: [ "\${E}" ] } }`;
    expect(readConfig(text, 'x.yaml').variables).toEqual([
      {
        name: 'D',
        not_empty: true,
        message: 'ask Ann',
        resource: 'a',
        where: 'line 3, resources[0].headers.x-d',
      },
      { name: 'E', resource: 'a', where: 'line 3, resources[0].body.e' },
    ]);
  });

  it.each([
    '${R:=eu}',
    '${R%x}',
    '${R/a/b}',
    '${#R}',
    '${!R}',
    '${}',
    '${1A}',
    '${R',
    '${R:-${S}}',
    '${R:-{a}}',
    '${R:eu}',
    '${env:R}',
    '${ R }',
  ])('of another form are refused with their line: %s', (variable) => {
    for (const field of ['params', 'headers', 'body'])
      expect(refused(`  - name: a\n    ${field}:\n      r: 'x ${variable}'`)).toBe(
        `x.yaml is not valid. Line 5: resources[0].${field}.r holds \${…}, which is not a variable: write \${NAME}, \${NAME:-default} or \${NAME:?message}, or $$ for a dollar sign.`,
      );
  });

  it.each([`'\${R:-"eu"}'`, `"\${R:-'eu'}"`])('take no quotes around a default: %s', (written) => {
    expect(refused(`  - name: a\n    params: { r: ${written} }`)).toContain('holds quotes in ${R:-…}');
  });

  it.each([
    ['{ name: a, path: "x/${K:-c}" }', 'path contains ${K:-c}'],
    ['{ name: a, base_url: "https://x.example/${V:-1}" }', 'base_url must not contain variables'],
    ['{ name: a, params: { "${K}": 1 } }', 'params.${K} is a name that contains a variable'],
    ['{ name: a, body: { x: { "${K}": 1 } } }', 'body.x.${K} is a name that contains a variable'],
    [
      '{ name: a, pagination: { type: cursor, cursor_param: "${K:-c}", cursor_path: x } }',
      'pagination.cursor_param is a name that contains a variable',
    ],
  ])('are refused where they are not replaced: %s', (resource, why) => {
    expect(refused(`  - ${resource}`)).toContain(why);
  });

  it('that hold a default are refused where a secret is meant, and the default is not shown', () => {
    for (const auth of [
      '"${KEY:-hunter2}"',
      '${KEY-hunter2}',
      '{ type: bearer, token: "${KEY:-hunter2}" }',
      '{ type: api_key, in: query, name: k, key: ${KEY:-hunter2} }',
      '{ type: custom_header, name: k, value: ${KEY:-hunter2} }',
      '{ type: basic, username: api, password: ${KEY:+hunter2} }',
    ]) {
      const message = refused(`  - { name: a, auth: ${auth} }`);
      expect(message).toContain(
        'contains a default, which would be a secret in a file: write ${KEY} and set KEY.',
      );
      expect(message).not.toContain('hunter2');
    }
  });

  it('may stand in auth with a message for a missing value', () => {
    const { endpoints, variables } = readConfig(`${HEAD}  - { name: a, auth: '\${KEY:?ask Ann}' }`, 'x.yaml');
    expect(endpoints[0]?.auth).toEqual({ type: 'bearer', token: { env: 'KEY' } });
    expect(variables).toMatchObject([{ name: 'KEY', message: 'ask Ann', authorizes: true }]);
  });
});
