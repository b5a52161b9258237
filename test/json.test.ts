import { describe, expect, it } from 'vitest';
import { isJsonObject, select } from '../src/json.js';

const ANSWER = JSON.parse(
  '{"items":[{"id":7}],"result":{"items":[],"total":0},"":{"":"empty"},"none":null,"text":"abc","a.b":1,"links":[{"rel":"self","href":"/1"},{"rel":"next","href":"/2"}],"page[size]":10,"@odata.nextLink":"/3","deep":{"@odata.count":{"value":4}},"__proto__":{"own":true}}',
);

describe('the value at a path', () => {
  it.each([
    ['', ANSWER],
    ['items', [{ id: 7 }]],
    ['items.0.id', 7],
    ['result.total', 0],
    ['none', null],
    ['.', 'empty'],
    ['a.b', 1],
    ['a\\.b', 1],
    ['items[0].id', 7],
    ['items.-1.id', 7],
    ['items[-1].id', 7],
    ['links[rel=next].href', '/2'],
    ['page[size]', 10],
    ['@odata.nextLink', '/3'],
    ['deep.@odata.count.value', 4],
    ['__proto__.own', true],
  ])('exists: "%s"', (path, value) => {
    expect(select(ANSWER, path)).toEqual(value);
  });

  it.each([
    'nothing',
    'items.1',
    'none.x',
    'text.length',
    'items.length',
    'items[1].id',
    'links[rel=last].href',
    'links[rel=next].x',
    'constructor',
    'result.toString',
    'result.__proto__',
    'result.items.x',
  ])('does not exist: "%s"', (path) => {
    expect(select(ANSWER, path)).toBeUndefined();
  });

  it.each([null, undefined, 5, 'text', true])('does not exist in %j', (value) => {
    expect(select(value, 'a')).toBeUndefined();
    expect(select(value, '')).toBe(value);
  });
});

describe('a JSON object', () => {
  it.each([
    [{}, true],
    [{ a: 1 }, true],
    [Object.create(null), true],
    [[], false],
    [null, false],
    [undefined, false],
    ['{}', false],
    [1, false],
  ])('is told apart from anything else: %j', (value, is) => {
    expect(isJsonObject(value)).toBe(is);
  });
});
