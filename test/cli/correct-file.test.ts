/** Corrections change what they are of in the text of a file, and nothing else, however it is laid out. */
import { expect, it } from 'vitest';
import { correctText } from '../../src/cli/correct-file.js';

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
      ...{ name: 'two "}]', ...least, confidence: 'high', reason: 'Its answers were asked by `xano check`.' },
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
])('with %s', (_, written) => {
  expect(correctText(written(content), corrections)).toBe(written(corrected));
});

it.each([
  ['no such name', JSON.stringify({ version: 1, endpoints: [] })],
  ['another kind of file', JSON.stringify({ resources: [] })],
  ['a list', '[]'],
  ['YAML', 'version: 1\nendpoints:\n  - name: one\n'],
])('%s is left alone', (_, text) => {
  expect(correctText(text, corrections)).toBeUndefined();
});

it('a config that would not be valid any more is not written', () => {
  const merge = { ...content.endpoints[0], write_disposition: 'merge', primary_key: ['id'] };
  const text = JSON.stringify({ version: 1, endpoints: [merge] });
  expect(() => correctText(text, [{ name: 'one', correction: { primary_key: [] } }])).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  );
});
