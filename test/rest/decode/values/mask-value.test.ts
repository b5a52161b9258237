import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readRecords } from '../../../../src/rest/decode/records.js';
import { createMask } from '../../../../src/rest/decode/values/mask-value.js';
import type { Mask } from '../../../../src/table/mask.js';

const KEY = 'a key of sixteen characters or more';
const hmac = (text: string): string => createHmac('sha256', KEY).update(text).digest('hex').slice(0, 32);

describe('a mask', () => {
  it.each<[Mask, string, string | undefined]>([
    ['hash', '"ada@example.com"', JSON.stringify(hmac('ada@example.com'))],
    ['hash', '"\\u0061da@example.com"', JSON.stringify(hmac('ada@example.com'))],
    ['hash', '5', JSON.stringify(hmac('5'))],
    ['hash', '"5"', JSON.stringify(hmac('5'))],
    ['hash', '5.0', JSON.stringify(hmac('5'))],
    ['hash', '9007199254740993', JSON.stringify(hmac('9007199254740993'))],
    ['hash', '{ "a": [1, 2] }', JSON.stringify(hmac('{"a":[1,2]}'))],
    ['hash', '""', '""'],
    ['last4', '"+49 171 2345678"', '"****5678"'],
    ['last4', '491712345678', '"****5678"'],
    ['last4', '"1234567"', '"****"'],
    ['last4', '"🚀🚀🚀🚀🚀🚀🚀🚀"', '"****🚀🚀🚀🚀"'],
    ['last4', '"12345678\\ud83d"', '"****678\ufffd"'],
    ['redact', '"Ada Lovelace"', '"[redacted]"'],
    ['redact', 'false', '"[redacted]"'],
    ['redact', '""', '""'],
    ['year', '"1815-12-10"', '1815'],
    ['year', '"1815-12-10T09:00:00Z"', '1815'],
    ['year', '"0099-01-01"', '99'],
    ['year', '-4865961600000', '1815'],
    ['year', '""', 'null'],
    ['year', '"10.12.1815"', undefined],
    ['year', '"1815-12-101"', undefined],
    ['year', '99999999999999999', undefined],
    ['year', '{"a":1}', undefined],
  ])('%s makes of %s: %s', (mask, json, masked) => {
    expect(createMask(mask, KEY)(json)).toBe(masked);
  });
});

describe('records with a masked column', () => {
  const column = (name: string, mask: Mask) => ({
    name,
    type: mask === 'year' ? ('BIGINT' as const) : ('VARCHAR' as const),
    list: false,
    inferred: false,
    maskValue: createMask(mask, KEY),
  });
  const id = { name: 'id', type: 'BIGINT' as const, list: false, inferred: false };

  it('hold no value as it was sent, even where it is rejected or its key comes twice', () => {
    const columns = [id, column('born', 'year'), column('name', 'redact')];
    const body = Buffer.from(
      '[{"id":1,"born":"1815-12-10","name":"Ada"},{"id":2,"born":"secret","name":"Grace","name":null},{"id":3,"name":""}]',
    );
    const page = readRecords(body, '', { columns, key: 'id', excluded: [] });
    expect(page.rejects).toEqual([
      {
        column: 'born',
        raw: '"[masked]"',
        reason: 'no date that the mask of this column can read',
        row_key: '2',
      },
      {
        column: 'name',
        raw: '"[masked]"',
        reason: 'a key that appears twice in its row: the last value counts',
        row_key: '2',
      },
    ]);
    const [, born, name] = page.columns;
    expect([...born!.nulls]).toEqual([1, 2]);
    expect(Buffer.from(born!.values).readBigInt64LE()).toBe(1815n);
    expect([...name!.nulls]).toEqual([1]);
    expect(Buffer.from(name!.values).toString('latin1')).toBe('\x0a\0\0\0[redacted]\0\0\0\0');
  });

  it.each([
    { columns: [id, column('name', 'redact')], excluded: [] },
    { columns: [id], excluded: ['name'] },
  ])('that are not complete JSON do not show what is near', ({ columns, excluded }) => {
    const shape = { columns, key: 'id', excluded };
    const read = () => readRecords(Buffer.from('[{"id":1,"name":"Ada Lovelace" oops'), '', shape);
    expect(read).toThrow(expect.objectContaining({ code: 'RESPONSE_UNEXPECTED', cause: undefined }));
  });
});
