/** `xano schedule` beside programs of the system that only write down what they get. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Desk, expectError, HOUR_MS, openDesk, type Said, SHOP } from '../../terminal.js';

const NODE = '/usr/bin/node';
const PROGRAM = [NODE, '/opt/xano/main.js'];
const CRON = ['--cron', '0 * * * *', '--timezone', 'UTC', '--name', 'shop'];

/** A desk with fake programs: each writes its arguments and input down, and answers as told. */
async function deskWith(programs: Readonly<Record<string, string>>) {
  const desk = await openDesk();
  const bin = join(desk.home, 'bin');
  mkdirSync(bin, { recursive: true });
  const calls = join(desk.home, 'calls');
  const table = join(desk.home, 'crontab');
  writeFileSync(calls, '');
  for (const [name, script] of Object.entries(programs)) {
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >>'${calls}'\nTABLE='${table}'\n${script}\n`);
    chmodSync(path, 0o755);
  }
  const run = (...argv: string[]): Promise<Said> =>
    desk.run(['schedule', ...argv], {
      program: PROGRAM,
      // Only these programs; the shell that runs them needs cat.
      env: { PATH: bin, TZ: 'UTC', USER: 'nobody-here' },
    });
  return {
    desk,
    folder: desk.folder,
    home: desk.home,
    run,
    table,
    calls: () => readFileSync(calls, 'utf8').trim().split('\n'),
  };
}

/** A crontab as Debian's answers. */
const CRONTAB = `
case "$1" in
  -l) if [ -f "$TABLE" ]; then /bin/cat "$TABLE"; else echo "no crontab for root" >&2; exit 1; fi ;;
  -) /bin/cat >"$TABLE" ;;
esac`;

const lineOf = ({ folder }: Pick<Desk, 'folder'>): string =>
  `0 * * * * cd '${folder}' || exit 1; if [ -f .env ]; then set -a; . ./.env; set +a; fi; exec '${NODE}' '/opt/xano/main.js' 'load' '--quiet' '--no-input' '--log-file=${folder}/load.jsonl'`;

describe('xano schedule with cron', () => {
  it('installs, changes nothing the second time, and leaves other lines byte for byte', async () => {
    const { run, table, calls, folder } = await deskWith({ crontab: CRONTAB });
    const others = Buffer.from('MAILTO=a@b\r\n\t5 4 * * * caf\xe9 %x\n', 'latin1');
    writeFileSync(table, others);
    const first = await run('install', ...CRON);
    expect(first).toEqual({
      status: 0,
      stdout:
        'Installed: cron, which this computer has, loads shop at "0 * * * *".\nNext: 2026-03-01 13:00 UTC, 2026-03-01 14:00 UTC, 2026-03-01 15:00 UTC.\n',
      stderr:
        'Loads use the variables of the file .env in this folder, or the stored login (`xano auth login`).\n',
    });
    const added = `# BEGIN xano shop\n# Written by \`xano schedule install\` for ${folder}\n${lineOf({ folder })}\n# END xano shop\n`;
    expect(readFileSync(table).equals(Buffer.concat([others, Buffer.from(added)]))).toBe(true);
    const again = await run('install', ...CRON);
    expect(again.stdout.split('\n')[0]).toBe(
      'Unchanged: cron, which this computer has, loads shop at "0 * * * *".',
    );
    // No systemctl on the PATH; then the crontab is read, and written once.
    expect(calls()).toEqual(['crontab -l', 'crontab -l', 'crontab -', 'crontab -l', 'crontab -l']);
    expect((await run('remove', '--name', 'shop')).stdout).toBe(
      'Removed: cron does not load shop any more.\n',
    );
    expect(readFileSync(table).equals(others)).toBe(true);
    expect((await run('remove', '--name', 'shop')).stdout).toBe(
      'cron has no load shop; nothing was changed.\n',
    );
  });

  it('leaves the load of another folder alone', async () => {
    const { run, table, folder } = await deskWith({ crontab: CRONTAB });
    writeFileSync(table, '# BEGIN xano shop\n0 0 * * * true\n# END xano shop\n');
    for (const verb of ['install', 'remove'])
      expectError(
        await run(verb, ...CRON),
        2,
        'USAGE',
        `A part "xano shop" of the crontab exists, and is not of the project in ${folder}.`,
        'Give this project another name with --name, or remove that one first.',
      );
  });

  it('says in a sentence why crontab refuses', async () => {
    const { run } = await deskWith({
      crontab: '[ "$1" = -l ] && exit 0; echo "you (nobody) are not allowed to use this program" >&2; exit 1',
    });
    expectError(
      await run('install', ...CRON),
      2,
      'USAGE',
      '`crontab -` failed with status 1: you (nobody) are not allowed to use this program.',
      'Run `xano schedule print` to set it up yourself, or choose another scheduler with --with.',
    );
  });
});

describe('xano schedule with systemd', () => {
  const SYSTEMCTL = 'exit 0';

  it('finds the systemd of the user, writes both units, and starts the timer', async () => {
    const { run, calls, home, folder } = await deskWith({ systemctl: SYSTEMCTL, crontab: CRONTAB });
    const said = await run('install', ...CRON, '--jitter', '5m');
    expect(said.stdout.split('\n')[0]).toBe(
      'Installed: systemd, which this computer has, loads shop at "0 * * * *".',
    );
    expect(said.stderr.split('\n')[1]).toBe(
      'systemd runs timers of a user who is logged in; `loginctl enable-linger` runs them always.',
    );
    const units = join(home, '.config', 'systemd', 'user');
    const timer = readFileSync(join(units, 'xano-shop.timer'), 'utf8');
    expect(timer).toContain('OnCalendar=*-*-* *:00:00 UTC\n');
    expect(readFileSync(join(units, 'xano-shop.service'), 'utf8')).toContain(
      `\nExecStart="${NODE}" "/opt/xano/main.js" "load" "--quiet" "--no-input" "--log-file=${folder}/load.jsonl"\n`,
    );
    expect((await run('install', ...CRON, '--jitter', '5m')).stdout).toMatch(/^Unchanged: systemd/);
    expect((await run('remove', '--name', 'shop')).stdout).toBe(
      'Removed: systemd does not load shop any more.\n',
    );
    expect(existsSync(join(units, 'xano-shop.timer'))).toBe(false);
    const start = ['daemon-reload', 'enable xano-shop.timer', 'restart xano-shop.timer'];
    expect(calls()).toEqual(
      [
        'show-environment',
        ...start,
        'show-environment',
        ...start,
        'show-environment',
        'disable --now xano-shop.timer',
        'daemon-reload',
      ].map((words) => `systemctl --user ${words}`),
    );
  });

  it('says in a sentence why systemctl refuses', async () => {
    const { run } = await deskWith({
      systemctl:
        '[ "$2" = enable ] && { echo "Failed to connect to bus: No medium found" >&2; exit 1; }; exit 0',
    });
    expectError(
      await run('install', ...CRON),
      2,
      'USAGE',
      '`systemctl --user enable xano-shop.timer` failed with status 1: Failed to connect to bus: No medium found.',
      'Run `xano schedule print` to set it up yourself, or choose another scheduler with --with.',
    );
  });
});

describe('xano schedule', () => {
  it('installs an agent of launchd and a task of Windows where --with says so', async () => {
    const { run, calls, home } = await deskWith({ launchctl: 'exit 0', schtasks: 'exit 0' });
    for (const name of ['launchd', 'task-scheduler']) {
      expect((await run('install', ...CRON, '--with', name)).stdout).toMatch(/^Installed: /);
      expect((await run('remove', '--name', 'shop', '--with', name)).stdout).toMatch(/^Removed: /);
    }
    const uid = process.geteuid?.() ?? 0;
    const agent = 'com.xano-connector.shop';
    expect(calls()).toEqual([
      `launchctl bootout gui/${uid}/${agent}`,
      `launchctl bootstrap gui/${uid} ${home}/Library/LaunchAgents/${agent}.plist`,
      `launchctl bootout gui/${uid}/${agent}`,
      `schtasks /Create /TN \\xano\\shop /XML ${home}/AppData/Local/xano-connector/tasks/xano-shop.xml /F`,
      'schtasks /Delete /TN \\xano\\shop /F',
    ]);
  });

  it('says what to do where a computer has no scheduler, no times, or wrong ones', async () => {
    const { run } = await deskWith({});
    expectError(
      await run('install', ...CRON),
      2,
      'USAGE',
      "This computer has neither systemd for users nor cron's crontab.",
      'Run `xano serve`, or print the files of one: xano schedule print --with systemd|launchd|cron|task-scheduler.',
    );
    expectError(
      await run('print'),
      2,
      'USAGE',
      'This project has no schedule.',
      'Add `schedule: "15 3 * * *"` to the part "project" of xano.yaml, or give --cron "15 3 * * *".',
    );
    expectError(
      await run('print', '--cron', '0 25 * * *'),
      2,
      'USAGE',
      '--cron is "0 25 * * *", which is not a cron expression (Invalid value for hour: 25); expected is one such as "15 3 * * *" (03:15 each day).',
      'Correct --cron.',
    );
  });

  it('takes name, times and folder of a project, whose flags come first', async () => {
    const { desk, run } = await deskWith({});
    const project = join(desk.folder, 'own');
    mkdirSync(project);
    writeFileSync(
      join(project, 'xano.yaml'),
      'project:\n  name: my-shop\n  workspace: Shop\n  schedule: { cron: "5 4 * * *", timezone: Europe/Berlin, jitter: 2m }\n',
    );
    const lines = async (...more: string[]) => {
      const { stdout } = await run('print', '--project', project, '--with', 'systemd', ...more);
      return stdout.match(/^(Description|WorkingDirectory|OnCalendar|Random).*$/gm);
    };
    expect(await lines()).toEqual([
      'Description=Load the project my-shop from Xano',
      `WorkingDirectory=${project}`,
      'Description=Load the project my-shop from Xano (5 4 * * *)',
      'OnCalendar=*-*-* 04:05:00 Europe/Berlin',
      'RandomizedDelaySec=120s',
    ]);
    expect((await lines('--cron', '0 5 * * *', '--jitter', '0s'))?.slice(2)).toEqual([
      'Description=Load the project my-shop from Xano (0 5 * * *)',
      'OnCalendar=*-*-* 05:00:00 Europe/Berlin',
    ]);
  });

  it('prints units, and nothing else on stdout', async () => {
    const { run, folder } = await deskWith({});
    expect(await run('print', ...CRON, '--with', 'cron')).toEqual({
      status: 0,
      stdout: `# BEGIN xano shop\n# Written by \`xano schedule install\` for ${folder}\n${lineOf({ folder })}\n# END xano shop\n`,
      stderr: 'For cron: crontab\n',
    });
  });
});

describe('xano schedule status', () => {
  it('names each missed run by its time, with the next three and the last load', async () => {
    const { desk, run } = await deskWith({ crontab: CRONTAB });
    const file = desk.path('shop.duckdb');
    const status = (...more: string[]) => run('status', ...CRON, '--to', file, ...more);
    expect((await status()).stdout).toBe(
      'schedule\tshop: 0 * * * * UTC\nscheduler\tnot installed (cron)\nnext\t2026-03-01 13:00 UTC\n\t2026-03-01 14:00 UTC\n\t2026-03-01 15:00 UTC\nlast load\tnone\nplanned\t0 loads done, 0 missed since 2026-03-01 12:00 UTC\n',
    );
    await run('install', ...CRON, '--to', file);
    const load = () => desk.run(['load', 'merchant', ...SHOP, '--to', file, '--quiet']);
    // Nothing ran at 13:00; loads began at 14:20 and 15:05, and nothing at 16:00 and 17:00.
    desk.clock.advance(HOUR_MS * (2 + 1 / 3));
    expect((await load()).status).toBe(0);
    desk.clock.advance(HOUR_MS * 0.75);
    expect((await load()).status).toBe(0);
    desk.clock.advance(HOUR_MS * 2.25);
    const said = await status();
    expect({ ...said, stdout: desk.tidy(said.stdout) }).toEqual({
      status: 7,
      stdout: [
        'schedule\tshop: 0 * * * * UTC',
        'scheduler\tinstalled (cron)',
        'next\t2026-03-01 18:00 UTC',
        '\t2026-03-01 19:00 UTC',
        '\t2026-03-01 20:00 UTC',
        'last load\t2026-03-01 15:05 UTC: loaded',
        'planned\t2 loads done, 3 missed since 2026-03-01 12:00 UTC',
        'missed\t2026-03-01 13:00 UTC',
        'missed\t2026-03-01 16:00 UTC',
        'missed\t2026-03-01 17:00 UTC',
        '',
      ].join('\n'),
      stderr:
        'Error: 3 planned loads did not start: 2026-03-01 13:00 UTC, 2026-03-01 16:00 UTC, 2026-03-01 17:00 UTC.\n  See whether the scheduler runs, and whether this computer was on: `xano schedule install` sets it up.\n  Code: RUN_MISSED\n',
    });
    const { last_load, ...json } = JSON.parse((await status('--json')).stdout);
    expect(last_load).toMatchObject({ status: 'loaded', started_at: '2026-03-01T15:05:00.000Z' });
    expect(json).toEqual({
      name: 'shop',
      scheduler: 'cron',
      state: 'installed',
      cron: '0 * * * *',
      timezone: 'UTC',
      jitter_ms: 0,
      next_runs: ['2026-03-01T18:00:00.000Z', '2026-03-01T19:00:00.000Z', '2026-03-01T20:00:00.000Z'],
      since: '2026-03-01T12:00:00.000Z',
      runs_done: 2,
      missed: ['2026-03-01T13:00:00.000Z', '2026-03-01T16:00:00.000Z', '2026-03-01T17:00:00.000Z'],
    });
  });
});
