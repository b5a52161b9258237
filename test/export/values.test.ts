/** Logins, user names and variables that another tool has to be told of, or cannot be told of. */
import { describe, expect, it } from 'vitest';
import { toDango } from '../../src/export/dango.js';
import { toDlt } from '../../src/export/dlt.js';
import { readConfig } from '../../src/rest/config/config-file.js';

const read = (resource: string) =>
  readConfig(
    `client: { base_url: https://x.example, data_selector: '', pagination: single_page }\nresources: [{ name: things, ${resource} }]`,
    'x.yaml',
  ).endpoints;
const login = (fields: string): string => `auth: { type: login, url: https://x.example/l, ${fields} }`;

describe('a file for dlt', () => {
  it('logs in with constants, objects, forms and headers', () => {
    const { text, notes } = toDlt(
      read(
        login(
          'body: { grant_type: password, user: [{ name: "${U}", n: 1.50, ok: true }] }, headers: { x-key: "${K}", x-app: a$$b }, token_path: a.t',
        ),
      ),
    );
    const flat = text.replace(/,?\s+/g, ' ');
    expect(flat).toContain(
      '"https://x.example/l" { "grant_type": "password" "user": [{"name": secret("U") "n": 1.5 "ok": True}] } "a.t" headers={"x-key": secret("K") "x-app": "a$b"}',
    );
    expect(notes).toEqual([]);
    expect(toDlt(read(login('body: { a: 1 }, body_as: form, token_path: t'))).text).toContain(
      'body_as="form"',
    );
  });

  it.each([
    ['username: api, password: "${P}"', '"username": "api", "password": secret("P")'],
    ['username: "${K}"', '"username": secret("K"), "password": ""'],
    ['password: "${K}"', '"username": "", "password": secret("K")'],
  ])('sends Basic with %s', (fields, written) => {
    const { text } = toDlt(read(`auth: { type: basic, ${fields} }`));
    expect(text.replace(/,?\s*\n\s*/g, ', ')).toContain(written);
  });
});

it.each([
  ['params: { a: "${A:-1}" }'],
  ['headers: { a: "x ${A}" }'],
  ['body: { a: ["${A}"] }'],
  [login('body: { a: "x ${A}" }, token_path: t')],
])('neither export sends the name of a variable: %s', (resource) => {
  for (const write of [toDlt, toDango]) {
    const { text, notes } = write(read(resource));
    expect(text).not.toContain('${A');
    expect(
      notes.some(({ names, reason }) => names[0] === 'things' && reason.startsWith('skipped, because')),
    ).toBe(true);
  }
});

it.each([
  [
    'auth: { type: basic, username: api, password: "${P}" }',
    toDango,
    'Dango reads the user name and the password',
  ],
  ['auth: { type: basic, username: "${K}" }', toDango, 'Dango reads the user name and the password'],
  [login('body: { a: 1 }, token_header: x-token'), toDlt, 'reads a token only from the body of an answer'],
])('an export names what its tool cannot express: %s', (resource, write, reason) => {
  expect(write(read(resource)).notes.map((note) => note.reason)).toEqual([expect.stringContaining(reason)]);
});
