/** Files that people write, in the encodings that their tools use, and corrected in the one they have. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileBytes, fileText } from '../../../src/session/tokens/file-text.js';
import { atOffice } from '../at-office.js';
import { openDesk } from '../terminal.js';

const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const ENCODINGS: readonly (readonly [string, (text: string) => Buffer])[] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with a mark', (text) => Buffer.from(`\uFEFF${text}`)],
  ['UTF-16LE with a mark', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16LE', (text) => Buffer.from(text, 'utf16le')],
  ['UTF-16BE with a mark', (text) => swapped(`\uFEFF${text}`)],
  ['UTF-16BE', (text) => swapped(text)],
];
const NEITHER: readonly (readonly [string, Buffer])[] = [
  ['Latin-1', Buffer.from('# für dich\n', 'latin1')],
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0])],
  ['half a character of UTF-16', Buffer.from([0xff, 0xfe, 0x61])],
];

describe('a text file', () => {
  it.each(ENCODINGS)('in %s is read, and written as it was', (_, written) => {
    for (const text of ['', 'a', 'client:\r\n  a: "ü 🛒"\r\n', '{"a":1}']) {
      const read = fileText(written(text))!;
      expect(read.text.replace(/^\uFEFF/, '')).toBe(text);
      expect(fileBytes(read)).toEqual(written(text));
    }
  });

  it.each(NEITHER)('in %s is refused', (_, bytes) => {
    expect(fileText(bytes)).toBeUndefined();
  });
});

describe.each(ENCODINGS)('a file in %s', (_, written) => {
  it('is read as a config, a token, SQL, a project and credentials', async () => {
    const desk = await atOffice();
    const put = (name: string, text: string): string => {
      writeFileSync(desk.path(name), written(text));
      return desk.path(name);
    };
    const to = desk.path('x.duckdb');
    const env = { XANO_TOKEN: undefined, XANO_TOKEN_FILE: put('token.txt', `${desk.xano.token}\r\n`) };
    expect(await desk.run(['load', 'people', '--to', to, '--quiet'], { env })).toMatchObject({
      status: 0,
      stderr: '',
    });
    // What a test leaves behind is looked through for tokens.
    writeFileSync(desk.path('token.txt'), '');

    const { origin } = desk.xano.instances[0]!;
    const config = put(
      'x.yaml',
      `# für\r\nclient: { base_url: "${origin}", auth: "\${XANO_TOKEN}" }\r\nresources:\r\n  - { name: me, path: api:meta/auth/me, data_selector: '' }\r\n`,
    );
    const checked = await desk.run(['load', '--endpoints', config, '--to', to, '--dry-run']);
    expect(checked.stderr).not.toMatch(/CONFIG_INVALID|BUG/);

    const sql = put('q.sql', "SELECT 'ü' AS a, count(*) AS n FROM people");
    expect((await desk.run(['query', '--file', sql, '--to', to])).stdout).toBe('ü\t3\n');

    const official = join(desk.home, '.xano');
    mkdirSync(official, { recursive: true });
    writeFileSync(
      join(official, 'credentials.yaml'),
      written(
        `profiles:\r\n  work:\r\n    access_token: ${desk.xano.token}\r\n    account_origin: ${desk.xano.account_origin}\r\n`,
      ),
    );
    put('profile.yaml', 'profile: work\r\n');
    const found = await desk.run(['discover'], {
      env: { XANO_TOKEN: undefined, XANO_ACCOUNT_ORIGIN: undefined },
    });
    expect(found).toMatchObject({ status: 0, stderr: '' });
    expect(found.stdout).toContain('people');
  });

  it('is corrected in that encoding', async () => {
    const desk = await openDesk();
    const group = `${desk.xano.instances[0]!.origin}/api:Lh0JwImX`;
    const text = `# für mich\r\nclient: { base_url: "${group}" }\r\nresources:\r\n  - name: products # alle\r\n`;
    const file = desk.path('x.yaml');
    writeFileSync(file, written(text));
    const { status, stderr } = await desk.run(['check', '--endpoints', file, '--write']);
    expect({ status, stderr: stderr.split('\n').at(-3) }).toEqual({
      status: 0,
      stderr: `Corrected in ${file}: products.`,
    });
    const { text: corrected } = fileText(readFileSync(file))!;
    expect(readFileSync(file)).toEqual(written(corrected.replace(/^\uFEFF/, '')));
    expect(corrected).toContain('  - name: products # alle\r\n    ');
    expect(corrected).toContain('# für mich');
    expect(desk.files()).toEqual(['x.yaml']);
  });
});

it.each(NEITHER)('a file in %s fails as a file that is not text', async (_, bytes) => {
  const desk = await atOffice();
  const file = desk.path('x');
  writeFileSync(file, bytes);
  for (const argv of [
    ['load', '--endpoints', file],
    ['query', '--file', file],
    ['discover', '--token-file', file],
  ]) {
    const { status, stderr } = await desk.run(argv);
    expect([2, 4]).toContain(status);
    expect(stderr).toContain(`${file} is not text in UTF-8 or UTF-16.\n`);
  }
});
