/** The forms of the Link header that servers send, and texts that are none. */
import { describe, expect, it } from 'vitest';
import { nextLink } from '../../../../src/rest/paging/fields/link-header.js';

describe('the next link of a header', () => {
  it.each<[string, string | string[]]>([
    ['in single quotes', "</n>;rel='next'"],
    ['with spaces around', ' < /n > ; rel = "next" '],
    ['behind a semicolon too many', '</n>;; rel=next'],
    ['behind an unknown parameter', '</n>; title*=UTF-8\'\'x; rel="next"'],
    ['behind a quoted text that looks like another link', '</n>; title="</m>; rel=prev, "; rel=next'],
    ['with a comma in its address', '</n,m>; rel=prev, </n>; rel=next'],
    ['as one of several relations', '</n>; rel="first\tnext"'],
    ['in the second header', ['</a>; rel=prev', '</n>; rel=next']],
    ['with an anchor that is empty', '</n>; anchor=""; rel=next'],
  ])('is found %s', (_, header) => {
    expect(nextLink(header)).toBe('/n');
  });

  it.each<[string, string | string[] | undefined]>([
    ['no header', undefined],
    ['a second rel of the same link', '</n>; rel=prev; rel=next'],
    ['a link of another page', '</n>; rel=next; anchor="/other"'],
    ['an address without its end', '</n; rel=next'],
    ['a text without its end', '</n>; title="x; rel=next'],
    ['another relation', '</n>; rel=next-archive'],
  ])('is not found in %s', (_, header) => {
    expect(nextLink(header)).toBeUndefined();
  });
});
