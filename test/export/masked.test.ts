/** Exports of configs with masked columns: no other tool can mask values. */
import { expect, it } from 'vitest';
import { readConfig, toDango, toDlt } from '../../src/index.js';

const { endpoints } = readConfig(
  `client: { base_url: https://x.xano.io/api:shop }
resources:
  - name: users
    data_selector: items
    pagination: single_page
    columns: { id: BIGINT, email: VARCHAR }
    mask: { email: hash }`,
  'xano.yaml',
);

it('dlt excludes them', () => {
  const { text, notes } = toDlt(endpoints);
  expect(notes).toEqual([{ names: ['users'], reason: '"email" is excluded: this file cannot mask values' }]);
  expect(text).toContain('typed(excluded=["email"])');
});

it('Dango skips their tables', () => {
  const { text, notes } = toDango(endpoints);
  expect(notes).toEqual([
    { names: ['users'], reason: 'skipped, because Dango would load masked columns with their values' },
  ]);
  expect(text).not.toContain('users:');
});
