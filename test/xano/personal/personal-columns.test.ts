/** Columns that look personal. */
import { describe, expect, it } from 'vitest';
import type { Field } from '../../../src/xano/catalog.js';
import { personalColumns } from '../../../src/xano/personal/personal-columns.js';
import { personalName } from '../../../src/xano/personal/personal-names.js';
import { personalValue } from '../../../src/xano/personal/personal-values.js';

describe('the name of a column', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['email', 'email', 'high'],
    ['E-Mail', 'email', 'high'],
    ['billingEmail', 'email', 'medium'],
    ['contact_first_name', 'name', 'medium'],
    ['Vorname', 'name', 'high'],
    ['prénom', 'name', 'high'],
    ['fecha_de_nacimiento', 'birthday', 'high'],
    ['Straße', 'address', 'high'],
    ['cpf', 'national_id', 'high'],
    ['IBAN', 'bank', 'high'],
    ['last_ip', 'ip', 'high'],
    ['city', 'address', 'low'],
    ['description', undefined, undefined],
    ['shipping_status', undefined, undefined],
    ['name', undefined, undefined],
    ['', undefined, undefined],
  ])('says of %j: %s', (name, kind, sure) => {
    expect(personalName(name)).toEqual(kind === undefined ? undefined : { kind, sure });
  });
});

describe('a value', () => {
  it.each<[unknown, readonly string[]]>([
    ['ada@example.com', ['email']],
    ['write to <ada@example.com>, please', ['email']],
    [{ contact: [{ mail: 'ada@example.com' }] }, ['email']],
    ['+49 (0)30 1234-567', ['phone']],
    ['030 1234567', ['phone']],
    ['4111 1111 1111 1111', ['card']],
    [4111111111111111, ['card']],
    ['4111 1111 1111 1112', []],
    ['DE89 3704 0044 0532 0130 00', ['bank']],
    ['DE89 3704 0044 0532 0130 01', []],
    ['192.168.0.17', ['ip']],
    ['2001:db8::1', ['ip']],
    ['1.2.3', []],
    ['0001-01-01', []],
    ['0.4530000', []],
    ['SKU-00001', []],
    ['a@b', []],
    [1767225600000, []],
    [null, []],
    [true, []],
  ])('looks like what it is: %j', (value, kinds) => {
    expect([...personalValue(value)]).toEqual(kinds);
  });

  it('is looked at in time that grows with its length alone', () => {
    const long = '+0 ('.repeat(500_000);
    expect([...personalValue([long, long.replaceAll('+', 'a@'), 'A'.repeat(2_000_000)])]).toEqual([]);
  });
});

const field = (name: string, type: string, more: Partial<Field> = {}): Field => ({
  ...{ name, type, description: '', nullable: false, required: false, access: 'public', style: 'single' },
  ...more,
});

describe('personalColumns', () => {
  it('joins name, type, mark and sample, and suggests what suits the type', () => {
    const endpoint = { name: 'users', primary_key: ['phone'] };
    const fields = [
      field('id', 'int'),
      field('phone', 'text'),
      field('name', 'text'),
      field('contact', 'email'),
      field('born', 'date'),
      field('birthday', 'timestamp'),
      field('note', 'text'),
      field('code', 'text', { sensitive: true }),
      field('emails', 'email', { style: 'list' }),
      field('email_id', 'int', { tableref_id: 7 }),
      field('gender', 'enum'),
      field('password', 'password'),
    ];
    const note = (text: string) => ({ note: text, contact: 'ada@example.com' });
    const sample = [note('call +49 30 1234567'), note('mail bob@example.com'), note('nothing'), note('')];
    const found = personalColumns({ endpoint, fields, sample });
    expect(found.map(({ column, kind, sure, suggestion }) => [column, kind, sure, suggestion])).toEqual([
      ['phone', 'phone', 'high', null],
      ['name', 'name', 'medium', 'redact'],
      ['contact', 'email', 'high', 'hash'],
      ['birthday', 'birthday', 'high', 'year'],
      ['note', 'email', 'medium', 'redact'],
      ['code', 'unknown', 'high', 'exclude'],
      ['emails', 'email', 'high', 'exclude'],
      ['gender', 'special', 'high', 'exclude'],
    ]);
    expect(found[2]!.reasons).toEqual([
      { by: 'type', says: 'its type is email' },
      { by: 'sample', says: '4 of 4 values look like an e-mail address' },
    ]);
    expect(JSON.stringify(found)).not.toContain('example.com');
  });
});
