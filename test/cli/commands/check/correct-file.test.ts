/** Corrections change what they are of in the text of a file, and nothing else, however it is laid out. */
import { expect, it } from 'vitest';
import { correctText } from '../../../../src/cli/commands/check/correct-file.js';

const least = {
  base_url: 'https://x1.n7.xano.io/api:a',
  path: '/a',
  method: 'GET',
  auth: { type: 'none' },
  pagination: { type: 'auto' },
};
const content = {
  version: 1,
  endpoints: [
    { name: 'one', ...least, data_selector: 'items' },
    { name: 'two "}]', ...least, confidence: 'low', reason: 'Who knows.' },
  ],
};
const corrections = [
  { name: 'one', correction: { data_selector: 'a.b', pagination: { type: 'single_page' as const } } },
  { name: 'two "}]', correction: { data_selector: '', primary_key: ['id'] } },
];
const corrected = {
  version: 1,
  endpoints: [
    { name: 'one', ...least, pagination: { type: 'single_page' }, data_selector: 'a.b' },
    {
      ...{ name: 'two "}]', ...least, confidence: 'high', reason: '`xano check` tested the endpoint.' },
      ...{ data_selector: '', primary_key: ['id'] },
    },
  ],
};

it.each([
  ['two spaces', (value: unknown) => `${JSON.stringify(value, null, 2)}\n`],
  ['tabs', (value: unknown) => JSON.stringify(value, null, '\t')],
  ['one line', (value: unknown) => JSON.stringify(value)],
  ['lines of Windows', (value: unknown) => JSON.stringify(value, null, 4).replaceAll('\n', '\r\n')],
  ['a mark in front', (value: unknown) => `\uFEFF${JSON.stringify(value, null, 2)}`],
])('correctFile corrects %s', (_, written) => {
  expect(correctText(written(content), corrections)).toBe(written(corrected));
});

const PAGES = {
  type: 'offset',
  in: 'query',
  offset_param: 'offset',
  limit_param: 'limit',
  limit: 5,
} as const;
const given = [
  { name: 'products', correction: { data_selector: '', primary_key: ['id'] } },
  { name: 'orders', correction: { data_selector: 'a.b', pagination: PAGES } },
  { name: 'users', correction: { pagination: PAGES, primary_key: ['a', 'b'] } },
];
const SPELLED = '{ type: offset, in: query, offset_param: offset, limit_param: limit, limit: 5 }';

it('correctFile keeps the comments of a config file that people wrote', () => {
  const text = `# Ours
client:
  base_url: https://x.xano.io # the API
  auth: \${TOKEN}
resources:
  - products # all
  - name:   orders  # paid ones
    params: { q: "\${Q}" }
    paginator:
      type: page_number
      # not more
      page_size: 5

    # as it is
    primary_key: id # the key
  - { name: users, pagination: auto, path: 'u' }
`;
  const wanted = `# Ours
client:
  base_url: https://x.xano.io # the API
  auth: \${TOKEN}
resources:
  - { name: products, data_selector: "", primary_key: [ id ] } # all
  - name:   orders  # paid ones
    data_selector: a.b
    params: { q: "\${Q}" }
    paginator: ${SPELLED}

    # as it is
    primary_key: id # the key
  - { name: users, primary_key: [ a, b ], pagination: ${SPELLED}, path: 'u' }
`;
  expect(correctText(text, given)).toBe(wanted);
  const windows = (one: string) => `\uFEFF${one.replaceAll('\n', '\r\n')}`;
  expect(correctText(windows(text), given)).toBe(windows(wanted));
});

it('correctFile corrects a config file of JSON', () => {
  const client = { base_url: 'https://x.xano.io' };
  const written = {
    client,
    resources: ['products', { name: 'orders', data_selector: 'x' }, { name: 'users' }],
  };
  const corrected = correctText(JSON.stringify(written, null, 2), given)!;
  expect(JSON.parse(corrected)).toEqual({
    client,
    resources: [
      { name: 'products', data_selector: '', primary_key: ['id'] },
      { name: 'orders', pagination: PAGES, data_selector: 'a.b' },
      { name: 'users', pagination: PAGES, primary_key: ['a', 'b'] },
    ],
  });
});

it.each([
  ['an alias', 'client: { base_url: https://x.xano.io }\nresources:\n  - *a\n'],
  [
    'two words for one thing',
    'client: { base_url: https://x.xano.io }\nresources: [{ name: orders, pagination: auto, paginator: auto }]',
  ],
  ['no YAML', 'resources: ['],
])('correctFile leaves %s alone', (_, text) => {
  expect(correctText(text, given.slice(1, 2))).toBeUndefined();
});

it.each([
  ['no such name', JSON.stringify({ version: 1, endpoints: [] })],
  ['another kind of file', JSON.stringify({ resources: [] })],
  ['a list', '[]'],
  ['YAML', 'version: 1\nendpoints:\n  - name: one\n'],
])('correctFile leaves %s alone', (_, text) => {
  expect(correctText(text, corrections)).toBeUndefined();
});

it('correctFile does not write a config that would become invalid', () => {
  const merge = { ...content.endpoints[0], write_disposition: 'merge', primary_key: ['id'] };
  const text = JSON.stringify({ version: 1, endpoints: [merge] });
  expect(() => correctText(text, [{ name: 'one', correction: { primary_key: [] } }])).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  );
});
