import { describe, expect, it } from 'vitest';
import { identifier, literal } from '../../src/export/postgres-sql.js';

describe('SQL for Postgres', () => {
  it.each([
    [['orders'], '"orders"'],
    [['my schema', 'say "hi"'], '"my schema"."say ""hi"""'],
    [['a\\b', '🚀'], '"a\\b"."🚀"'],
    [['two\nlines\\"'], String.raw`U&"two\+00000Alines\\"""`],
    [['\u202eright', '\u{e0041}'], String.raw`U&"\+00202Eright".U&"\+0E0041"`],
  ])('spells the names %j as %s', (names, expected) => {
    expect(identifier(...names)).toBe(expected);
  });

  it.each([
    ['', "''"],
    ["it's", "'it''s'"],
    ["\\'; DROP TABLE x; --", String.raw`E'\\''; DROP TABLE x; --'`],
    ['two\r\nlines\tand a tab', String.raw`E'two\U0000000D\nlines\tand a tab'`],
    ['\u001b[31m\u202e', String.raw`E'\U0000001B[31m\U0000202E'`],
    ['a\0b', "'a\u2400b'"],
    ['half \ud83d', "'half \ufffd'"],
    ['🚀 Größe', "'🚀 Größe'"],
  ])('spells the text %j as %s', (text, expected) => {
    expect(literal(text)).toBe(expected);
  });
});
