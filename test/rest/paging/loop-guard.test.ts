import { describe, expect, it } from 'vitest';
import { followChain } from '../../../src/rest/paging/loop-guard.js';
import { endpointOf, thrownBy } from '../decode/reading.js';
import { get } from '../http/sending.js';

const config = (pagination: object) =>
  endpointOf({
    name: 'shop',
    base_url: 'https://x',
    path: '/a',
    method: 'GET',
    data_selector: '',
    pagination,
    auth: { type: 'none' },
  });

const at = (place: string) => get('https://x/a', { params: { place } });

describe.each([
  { type: 'cursor', cursor_param: 'c', cursor_path: 'c' },
  { type: 'header_link' },
  { type: 'json_link', next_url_path: 'next' },
])('the chain of $type', (pagination) => {
  it.each([
    ['its first page', ['b', 'c', 'a']],
    ['one of its pages', ['b', 'c', 'd', 'b']],
    ['the page itself', ['b', 'b']],
  ])('may not lead back to %s', (_, places) => {
    const chain = followChain(config(pagination), at('a'));
    const error = thrownBy(() => {
      for (const place of places) chain(at(place), 5);
    });
    expect([error.code, error.message]).toEqual([
      'PAGINATION_LOOP',
      'The pages of "shop" lead back to a page that was already read.',
    ]);
  });

  it('may be empty ninety-nine times in a row, and again after a record', () => {
    const chain = followChain(config(pagination), at('a'));
    for (let n = 0; n < 99; n++) chain(at(`x${n}`), 0);
    chain(at('y'), 1);
    for (let n = 0; n < 99; n++) chain(at(`z${n}`), 0);
    expect(thrownBy(() => chain(at('end'), 0)).message).toBe(
      'The server returns one empty page of "shop" after another: 100 so far.',
    );
  });
});

it('lists whose pages are counted are not followed: an empty page ends them', () => {
  const offset = { type: 'offset', offset_param: 'o', limit_param: 'l', limit: 5 };
  const chain = followChain(config(offset), at('a'));
  for (let n = 0; n < 300; n++) chain(at('a'), 0);
});
