/** One object as one record: where the config says so, exactly as a list of it would be read. */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../src/rest/config/config-file.js';
import {
  isSingleRecord,
  type SingleRecord,
  saysFailed,
  singleRecordOf,
} from '../../../../src/rest/decode/answer/single-record.js';
import { column, read, thrownBy } from '../reading.js';

const COLUMNS = [column('id', 'BIGINT'), column('v', 'JSON')];
const readOne = (body: string, selector = '', single: SingleRecord = 'unless_envelope') =>
  read(body, COLUMNS, { selector, single });

describe('one object at the selector', () => {
  it.each([
    ['', '{"id":9007199254740993,"v":1.10}'],
    ['', ' { "v" : {"a":[1,2]} , "id" : 7 } '],
    ['data', '{"data":{"id":1,"v":null},"meta":{"took":3}}'],
    ['result.post', '{"result":{"post":{"id":1,"v":"ä\\u00e4"}},"ok":true}'],
    ['', '{"id":"x","v":[],"extra":{"id":1}}'],
    ['', '{"id":1,"id":2,"v":3}'],
  ])('is read like a list with that one record: %j %s', (selector, body) => {
    const at = selector === '' ? body : /"(?:data|post)":(\{.*?\})(?=[,}])/.exec(body)![1]!;
    const listed = read(
      body.replace(at, () => `[${at}]`),
      COLUMNS,
      { selector },
    );
    expect(readOne(body, selector)).toEqual({
      ...listed,
      records: at.trim(),
    });
  });

  it('is not a record without a field', () => {
    expect(readOne('{}')).toMatchObject({ count: 0, rows: [], envelope: {} });
    expect(readOne('{"data":{}}', 'data')).toMatchObject({ count: 0, rows: [] });
  });

  it('leaves its surroundings as the envelope', () => {
    expect(readOne('{"data":{"id":1},"total":4}', 'data').envelope).toEqual({ data: [], total: 4 });
  });

  it.each(['{"id":1', '{"id":1}x', '{"id":1}{"id":2}', '{"id":}', '{id:1}'])(
    'is refused where it is malformed: %s',
    (body) => {
      expect(thrownBy(() => readOne(body)).code).toBe('RESPONSE_UNEXPECTED');
    },
  );

  it('is read as a list where it is a list', () => {
    expect(readOne('[{"id":1},{"id":2}]')).toMatchObject({ count: 2 });
    expect(readOne('{"data":[]}', 'data')).toMatchObject({ count: 0 });
  });

  it('is refused as a list without single_record', () => {
    expect(thrownBy(() => readOne('{"id":1}', '', 'never')).code).toBe('RESPONSE_UNEXPECTED');
  });
});

describe('an object that is not a record', () => {
  it.each([
    ['{"items":[{"id":1}]}', '"items"'],
    ['{"items":[]}', '"items"'],
    ['{"total":2,"data":[{"id":1},{"id":2}]}', '"data"'],
    ['{"result":{"rows":[{"a":1}]}}', '"result.rows"'],
  ])('is SELECTOR_EMPTY where it holds a list of records: %s', (body, list) => {
    const error = thrownBy(() => readOne(body));
    expect(error.code).toBe('SELECTOR_EMPTY');
    expect(error.hint).toBe(
      `Set data_selector to ${list}. If the object itself is the record, set single_record to true.`,
    );
    expect(readOne(body, '', 'always').count).toBe(1);
  });

  it.each([
    ['{"success":false,"message":"No such post."}', ' in "success" that the request failed: No such post.'],
    ['{"ok":false}', ' in "ok" that the request failed.'],
    ['{"error":"quota"}', ' in "error" that the request failed: quota.'],
    ['{"errors":[{"message":"x"}],"data":null}', ' in "errors" that the request failed: x.'],
    ['{"code":"ERROR_CODE_NOT_FOUND","message":"Not Found."}', ' that the request failed: Not Found.'],
    ['{"status":"error","data":{}}', ' in "status" that the request failed.'],
    ['{"detail":"Not found."}', ' that the request failed: Not found.'],
    ['{"type":"about:blank","title":"Gone","status":410,"detail":"x"}', ' that the request failed: x.'],
  ])('is a failure where it says that the request failed: %s', (body, said) => {
    const error = thrownBy(() => readOne(body));
    expect([error.code, error.message]).toEqual(['RESPONSE_UNEXPECTED', `The answer says${said}`]);
  });

  it.each([
    ['{"id":1,"items":[{"sku":"a"}]}', true],
    ['{"id":1,"status":"error","error":"printer on fire"}', true],
    ['{"name":"settings","message":"Welcome","tags":[]}', true],
    ['{"plan":"free","limits":{"rows":10}}', true],
    ['[{"id":1}]', false],
    ['null', false],
    ['"x"', false],
  ])('is told apart from a record: %s', (body, is) => {
    expect(isSingleRecord(JSON.parse(body), '', 'unless_envelope')).toBe(is);
  });

  it('reports no failure with flags that are true, and errors that are empty', () => {
    expect(saysFailed({ success: true, error: null, errors: [], data: 1 })).toBe(false);
  });
});

describe('single_record in a config', () => {
  const BASE = 'client: { base_url: https://x.xano.io, pagination: offset }\n';
  const configOf = (resource: string) =>
    readConfig(`${BASE}resources:\n  - ${resource}`, 'xano.yaml').endpoints[0]!;

  it('needs no pagination and no selector', () => {
    expect(configOf('{ name: me, single_record: true }')).toMatchObject({
      single_record: true,
      data_selector: '',
      pagination: { type: 'single_page' },
    });
    expect(configOf('{ name: me, single_record: true, data_selector: user }').data_selector).toBe('user');
  });

  it('may be a default of the client, which a list can override', () => {
    const text = `${BASE}resource_defaults: { single_record: true }\nresources:\n  - me\n  - { name: all, single_record: false }`;
    expect(readConfig(text, 'xano.yaml').endpoints.map(({ pagination }) => pagination.type)).toEqual([
      'single_page',
      'offset',
    ]);
  });

  it('is refused with pages', () => {
    expect(
      thrownBy(() => configOf('{ name: me, single_record: true, pagination: page_number }')),
    ).toMatchObject({
      code: 'CONFIG_INVALID',
      message:
        'xano.yaml is not valid. Line 3: resources[0].single_record needs pagination single_page: nothing comes after a single record.',
    });
  });

  it('decides the meaning of an object together with the other settings', () => {
    const single = { pagination: { type: 'single_page' }, data_selector: '' } as const;
    expect(singleRecordOf(single)).toBe('unless_envelope');
    expect(singleRecordOf({ ...single, single_record: true })).toBe('always');
    expect(singleRecordOf({ ...single, single_record: false })).toBe('never');
    expect(singleRecordOf({ ...single, data_selector: undefined })).toBe('never');
    expect(singleRecordOf({ ...single, pagination: { type: 'header_link' } })).toBe('never');
  });
});
