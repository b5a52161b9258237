/** Fields beside a list that tell of its pages, and those that tell of something else. */
import { describe, expect, it } from 'vitest';
import { pagingFields } from '../../../../src/rest/paging/fields/paging-fields.js';

const data = [{ id: 1 }, { id: 2 }, { id: 3 }];

const found = (answer: object, headers: Record<string, string> = {}, list = 'data') => {
  const { paths: _, ...fields } = pagingFields(answer, list, 3, headers);
  return Object.fromEntries(Object.entries(fields).map(([kind, { path, value }]) => [kind, [path, value]]));
};

describe('an unrelated field', () => {
  it.each<[string, object]>([
    ['a flag of a list of another kind', { list: { name: 'x', done: false } }],
    ['a flag of a tournament', { tournament: { finished: false } }],
    ['a text that is cut', { description: { truncated: true } }],
    ['a job', { job: { resume: true } }],
    ['a sum of money', { subtotal: 4000, total: 4500, currency: 'USD' }],
    ['a count of followers', { user: { followers: { count: 1500 } } }],
    ['a marker on a map', { map: { marker: 'red' } }],
    ['the next level', { level: 3, next: 4 }],
    ['the pages of a book', { book: { pages: 300 } }],
    ['the number of the next invoice', { next_number: 104 }],
    ['an offset of time', { offset: '+02:00' }],
    ['a zone of time', { offset: 'UTC' }],
    ['a total in words', { total: '45.50' }],
    ['an answer that is whole', { incomplete_results: false }],
  ])('is not a paging field: %s', (_, beside) => {
    expect(found({ ...beside, data })).toEqual({});
  });

  it('is not a paging field where it repeats a parameter', () => {
    const answer = { after: '2026-01-01', nextPageKey: 'a', data };
    expect(pagingFields(answer, 'data', 3, {}, { params: { after: '2026-01-01' } }).cursor).toEqual({
      path: 'nextPageKey',
      name: 'nextPageKey',
      value: 'a',
    });
    const { cursor } = pagingFields({ after: 'x', data }, 'data', 3, {}, { path: '/list?after=x' });
    expect(cursor).toBeUndefined();
  });

  it('is doubtful where it may be the id of a new record', () => {
    expect(pagingFields({ next_id: 4, data }, 'data', 3).cursor).toMatchObject({ value: 4, doubtful: true });
  });
});

describe('a paging field', () => {
  it.each<[string, object, object]>([
    ['a flag as a number', { hasMore: 1 }, { more: ['hasMore', true] }],
    ['a flag as a letter', { hasMore: 'Y' }, { more: ['hasMore', true] }],
    ['a flag as a word', { has_more: 'no' }, { more: ['has_more', false] }],
    ['ArcGIS', { exceededTransferLimit: true }, { more: ['exceededTransferLimit', true] }],
    ['GitHub', { incomplete_results: true }, { more: ['incomplete_results', true] }],
    ['Airtable', { offset: 'itr10' }, { cursor: ['offset', 'itr10'] }],
    ['lastKey', { lastKey: 'k' }, { cursor: ['lastKey', 'k'] }],
    ['startKey', { startKey: 'k' }, { cursor: ['startKey', 'k'] }],
    ['pagingState', { pagingState: null }, { cursor: ['pagingState', null] }],
    ['paging.forward', { paging: { forward: 'k' } }, { cursor: ['paging.forward', 'k'] }],
    [
      'a link by its type',
      { links: [{ type: 'next', href: '/x' }] },
      { next_link: ['links[type=next].href', '/x'] },
    ],
    [
      'a link by its name',
      { links: [{ name: 'next', uri: '/x' }] },
      { next_link: ['links[name=next].uri', '/x'] },
    ],
    [
      'a link in capitals',
      { links: [{ rel: 'Next', href: '/x' }] },
      { next_link: ['links[rel=Next].href', '/x'] },
    ],
    [
      'a link of relations',
      { links: [{ rel: ['next'], href: '/x' }] },
      { next_link: ['links[0].href', '/x'] },
    ],
    ['a count in groups', { total: '1,025' }, { total: ['total', 1025] }],
    ['a count with a fraction', { total: '25.0' }, { total: ['total', 25] }],
    ['totalItemCount', { totalItemCount: 25 }, { total: ['totalItemCount', 25] }],
    ['total_available', { total_available: 25 }, { total: ['total_available', 25] }],
    ['total_entries_found', { total_entries_found: 25 }, { total: ['total_entries_found', 25] }],
    ['resultsTotal', { resultsTotal: 25 }, { total: ['resultsTotal', 25] }],
    ['the list’s own name', { dataTotal: 25 }, { total: ['dataTotal', 25] }],
    ['nhits', { nhits: 25 }, { total: ['nhits', 25] }],
    ['a count of filtered records', { total: 100, filtered: 3 }, { total: ['filtered', 3] }],
    ['an object called so', { page_details: { total: 25 } }, { total: ['page_details.total', 25] }],
    ['an object within meta', { meta: { x: { total: 25 } } }, { total: ['meta.x.total', 25] }],
  ])('is known: %s', (_, beside, fields) => {
    expect(found({ ...beside, data })).toEqual(fields);
  });

  it('is known in any object around the list', () => {
    const answer = { tournament: { finished: false, data } };
    expect(found(answer, {}, 'tournament.data')).toEqual({ more: ['tournament.finished', true] });
  });

  it.each<[string, string, object]>([
    ['x-result-count', '25', { total: ['header:x-result-count', 25] }],
    ['x-collection-total', '25', { total: ['header:x-collection-total', 25] }],
    ['x-records-total', '25', { total: ['header:x-records-total', 25] }],
    ['next-range', ']10..; max=10', { cursor: ['header:next-range', ']10..; max=10'] }],
    ['x-ms-continuation', '{"token":"x"}', { cursor: ['header:x-ms-continuation', '{"token":"x"}'] }],
  ])('is known in a header: %s', (name, value, fields) => {
    expect(found({ data }, { [name]: value })).toEqual(fields);
  });
});
