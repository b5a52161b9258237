/** What a reader of a text cannot see is shown, and JSON stays what it is. */
import { describe, expect, it } from 'vitest';
import { jsonText, shortened } from '../../../src/cli/output/text.js';
import { createWaitFilter } from '../../../src/cli/progress/repeated-waits.js';
import { printable } from '../../../src/hidden-characters.js';

describe('a text on a terminal', () => {
  it.each([
    ['a zero-width space', 'a\u200bb', 'a\\u200bb'],
    ['joiners between letters', 'a\u200cb\u200dc', 'a\\u200cb\\u200dc'],
    ['a word joiner and a mark of byte order', '\u2060\ufeff', '\\u2060\\ufeff'],
    ['marks of direction', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
    ['embeddings of direction', '\u202a\u202b\u202c\u202d\u202e', '\\u202a\\u202b\\u202c\\u202d\\u202e'],
    ['isolates of direction', '\u2066\u2067\u2068\u2069', '\\u2066\\u2067\\u2068\\u2069'],
    ['tags', 'x\u{e0001}\u{e0041}\u{e007f}', 'x\\u{e0001}\\u{e0041}\\u{e007f}'],
    ['a soft hyphen', 'so\u00adft', 'so\\u00adft'],
    ['separators of lines and paragraphs', '\u2028\u2029', '\\u2028\\u2029'],
    ['control characters', '\u0007\u001b[2J\u0085\u009b', '\\u0007\\u001b[2J\\u0085\\u009b'],
    ['a filler without a glyph', '\u3164', '\\u3164'],
    ['a variation selector that varies nothing', 'a\ufe0f', 'a\\ufe0f'],
  ])('shows %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(printable(jsonText({ text }))).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069]/u);
    expect(JSON.parse(jsonText({ text }))).toEqual({ text });
  });

  it.each(['👩‍👩‍👧 ❤️ 1️⃣', 'می‌خواهم', 'क्‍ष', 'é ü 漢字', '👍🏽'])(
    'leaves harmless characters alone: %s',
    (text) => {
      expect(printable(text)).toBe(text);
      expect(jsonText(text)).toBe(JSON.stringify(text));
    },
  );

  it('is cut between characters', () => {
    expect(shortened('ab🎉c', 3)).toBe('ab…');
    expect(shortened('ab🎉c', 4)).toBe('ab🎉…');
    expect(shortened('abc', 3)).toBe('abc');
  });
});

describe('repeated waits', () => {
  it('are reported once a second, each separately', () => {
    let now = 0;
    const isNew = createWaitFilter(() => now);
    const wait = { kind: 'rate_limit', reason: 'the limit', wait_ms: 250, resource: 'a' } as const;
    const told = [isNew(wait), isNew(wait), isNew({ ...wait, resource: 'b' })];
    now = 999;
    told.push(isNew(wait));
    now = 1000;
    told.push(isNew(wait));
    expect(told).toEqual([true, false, true, false, true]);
  });
});
