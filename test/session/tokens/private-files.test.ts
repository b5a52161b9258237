/**
 * Settings are trusted where they are ours and closed; whatever is in them never ends in anything but a
 * sentence.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { XanoError } from '../../../src/index.js';
import { openSettings } from '../../../src/session/tokens/profiles.js';
import { openDesk } from '../../cli/terminal.js';
import { thrownBy } from '../../rest/decode/reading.js';

const OURS = process.geteuid?.() ?? 0;
const CONTENT = JSON.stringify({ profiles: { default: { token: 'eyJhbGciOi.x.y', saved_at: '' } } });

/** A folder with a folder of settings in it. */
function place(): { base: string; folder: string; file: string } {
  const base = mkdtempSync(join(tmpdir(), 'xano-private-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const folder = join(base, 'config');
  mkdirSync(folder, { mode: 0o700 });
  const file = join(folder, 'settings.json');
  writeFileSync(file, CONTENT, { mode: 0o600 });
  return { base, folder, file };
}

const refusal = (folder: string, uid = OURS): string => {
  const { code, message } = thrownBy(() => openSettings(folder, uid));
  expect(code).toBe('CONFIG_INVALID');
  return message;
};

describe('settings', () => {
  it('that belong to this user alone are read', () => {
    const { folder } = place();
    expect(openSettings(folder, OURS).names()).toEqual(['default']);
  });

  it.each([0o777, 0o775, 0o722])('in a folder that others may write to (mode %o) are refused', (mode) => {
    const { folder } = place();
    chmodSync(folder, mode);
    expect(refusal(folder)).toBe(
      `Others may replace the settings file: the folder ${folder} has mode ${mode.toString(8)}.`,
    );
    chmodSync(folder, 0o1777);
    expect(openSettings(folder, OURS).names()).toEqual(['default']);
  });

  it('below a folder that everybody may write to are refused', () => {
    const { base, folder } = place();
    chmodSync(base, 0o777);
    expect(refusal(folder)).toContain(`the folder ${base} has mode 777`);
  });

  it('of another user are refused, whoever asks', () => {
    const { folder, file } = place();
    if (OURS !== 0) {
      expect(refusal(folder, OURS + 1)).toContain(`belongs to another user (uid ${OURS})`);
      return;
    }
    chownSync(file, 65_534, 65_534);
    expect(refusal(folder)).toBe(
      `The settings file is not trusted: ${file} belongs to another user (uid 65534).`,
    );
    chownSync(file, 0, 0);
    chownSync(folder, 65_534, 65_534);
    expect(refusal(folder)).toContain(`${folder} belongs to another user`);
  });

  it('behind a link are judged by the file that it leads to', () => {
    const { base, folder, file } = place();
    const other = join(base, 'other');
    mkdirSync(other, { mode: 0o700 });
    symlinkSync(file, join(other, 'settings.json'));
    expect(openSettings(other, OURS).names()).toEqual(['default']);
    chmodSync(folder, 0o777);
    expect(refusal(other)).toContain(`the folder ${folder} has mode 777`);
    const linked = join(base, 'linked');
    symlinkSync(folder, linked);
    expect(refusal(linked)).toContain('has mode 777');
  });

  it('that are not a file are refused at once', () => {
    const { folder, file } = place();
    rmSync(file);
    mkdirSync(file);
    expect(refusal(folder)).toBe(`${file} is not a file.`);
  });

  it('that are too large are refused', () => {
    const { folder, file } = place();
    writeFileSync(file, ' '.repeat(5_000_000), { mode: 0o600 });
    expect(refusal(folder)).toContain('is larger than');
  });

  it('are stored for this user alone, in a folder of this user alone', () => {
    const { base } = place();
    const folder = join(base, 'new', 'place');
    const settings = openSettings(folder, OURS);
    settings.save('mine', { token: 'x', saved_at: '' });
    expect([statSync(folder).mode & 0o777, statSync(settings.path).mode & 0o777]).toEqual([0o700, 0o600]);
    chmodSync(folder, 0o777);
    expect(thrownBy(() => settings.save('mine', { token: 'y', saved_at: '' })).code).toBe('CONFIG_INVALID');
  });

  it('of any shape give a result or a XanoError', () => {
    const { folder, file } = place();
    const profile = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          token: fc.oneof(fc.string(), fc.jsonValue()),
          token_command: fc.oneof(fc.string(), fc.jsonValue()),
          saved_at: fc.oneof(fc.string(), fc.jsonValue()),
          instance: fc.oneof(fc.string(), fc.jsonValue()),
          account_origin: fc.jsonValue(),
          expires: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    );
    const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'default', 'toString'));
    const shape = fc.oneof(
      fc.jsonValue(),
      fc.record({
        profiles: fc.oneof(fc.jsonValue(), fc.dictionary(name, profile)),
        default: fc.jsonValue(),
      }),
    );
    const text = fc.oneof(
      shape.map((value) => JSON.stringify(value)),
      fc.string(),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (content) => {
        writeFileSync(file, content, { mode: 0o600 });
        try {
          const settings = openSettings(folder, OURS);
          for (const one of [...settings.names(), settings.default_name()]) settings.find(one);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(XanoError);
          expect((thrown as XanoError).code).toBe('CONFIG_INVALID');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a token_command', () => {
  it('in settings that others can write is never run', async () => {
    const desk = await openDesk();
    const mark = desk.path('ran');
    mkdirSync(desk.settings, { mode: 0o700 });
    const profiles = { default: { token_command: `touch '${mark}'; echo x`, saved_at: '' } };
    writeFileSync(join(desk.settings, 'settings.json'), JSON.stringify({ profiles }), { mode: 0o600 });
    chmodSync(desk.settings, 0o777);
    const said = await desk.run(['discover'], { env: { XANO_TOKEN: undefined } });
    expect([said.status, existsSync(mark)]).toEqual([2, false]);
    expect(said.stderr).toContain('Others may replace the settings file');
  });
});
