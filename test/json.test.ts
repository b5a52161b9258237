import { describe, expect, it } from 'vitest';
import { isJsonObject, select } from '../src/json.js';

const ANSWER = JSON.parse(
  '{"items":[{"id":7}],"result":{"items":[],"total":0},"":{"":"empty"},"none":null,"text":"abc","a.b":1,"__proto__":{"own":true}}',
);

describe('the value at a path', () => {
  it.each([
    ['', ANSWER],
    ['items', [{ id: 7 }]],
    ['items.0.id', 7],
    ['result.total', 0],
    ['none', null],
    ['.', 'empty'],
    ['__proto__.own', true],
  ])('"%s" is found', (path, value) => {
    expect(select(ANSWER, path)).toEqual(value);
  });

  it.each([
    'nothing',
    'items.1',
    'none.x',
    'text.length',
    'a.b',
    'constructor',
    'result.toString',
    'result.__proto__',
    'result.items.x',
  ])('"%s" is not found', (path) => {
    expect(select(ANSWER, path)).toBeUndefined();
  });

  it.each([null, undefined, 5, 'text', true])('is not found in %j', (value) => {
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
  ])('is told from anything else: %j', (value, is) => {
    expect(isJsonObject(value)).toBe(is);
  });
});
