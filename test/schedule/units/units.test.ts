/** What each scheduler is given, spelled out. */
import { describe, expect, it } from 'vitest';
import type { ScheduledLoad } from '../../../src/schedule/scheduled-load.js';
import { crontabLines, linesIn, withLines, withoutLines } from '../../../src/schedule/units/crontab.js';
import { launchdAgent } from '../../../src/schedule/units/launchd.js';
import { systemdUnits } from '../../../src/schedule/units/systemd.js';
import { scheduledTask } from '../../../src/schedule/units/task-scheduler.js';

const LOAD: ScheduledLoad = {
  name: 'shop',
  schedule: { cron: '15 3 * * *', timezone: null, jitter_ms: 0 },
  folder: '/srv/my shop',
  command: ['/usr/bin/node', '/opt/xano/main.js', 'load', '--quiet', '--log-file=/srv/my shop/load.jsonl'],
};

const at = (cron: string, more: Partial<ScheduledLoad['schedule']> = {}): ScheduledLoad => ({
  ...LOAD,
  schedule: { cron, timezone: null, jitter_ms: 0, ...more },
});

describe('systemdUnits', () => {
  it('makes a service and a timer that makes up for missed times', () => {
    expect(systemdUnits(LOAD)).toEqual([
      {
        file: 'xano-shop.service',
        text: `# Written by \`xano schedule install\` for /srv/my shop
[Unit]
Description=Load the project shop from Xano

[Service]
Type=oneshot
WorkingDirectory=/srv/my shop
# Tokens and addresses are in this file or in the stored login, never here.
EnvironmentFile=-/srv/my shop/.env
ExecStart="/usr/bin/node" "/opt/xano/main.js" "load" "--quiet" "--log-file=/srv/my shop/load.jsonl"
# SIGTERM is a clean stop: xano keeps what it has read.
TimeoutStopSec=60
`,
      },
      {
        file: 'xano-shop.timer',
        text: `# Written by \`xano schedule install\` for /srv/my shop
[Unit]
Description=Load the project shop from Xano (15 3 * * *)

[Timer]
OnCalendar=*-*-* 03:15:00
AccuracySec=1s
# A time that passed while the computer was off is made up for.
Persistent=true

[Install]
WantedBy=timers.target
`,
      },
    ]);
  });

  it('has the time zone, the jitter, and a calendar for each kind of day', () => {
    const load = at('*/20 8-9 1,15 * mon-wed', { timezone: 'Europe/Berlin', jitter_ms: 90_000 });
    expect(systemdUnits(load)[1].text.match(/^(OnCalendar|Random).*$/gm)).toEqual([
      'OnCalendar=*-*-01,15 08,09:00,20,40:00 Europe/Berlin',
      'OnCalendar=Mon,Tue,Wed *-*-* 08,09:00,20,40:00 Europe/Berlin',
      'RandomizedDelaySec=90s',
    ]);
  });

  it('keeps its own characters in paths apart', () => {
    const load = { ...LOAD, folder: '/srv/100%', command: ['/usr/bin/node', '/srv/$HOME/"x"\\%h.js'] };
    expect(systemdUnits(load)[0].text.match(/^(Work|Env|Exec).*$/gm)).toEqual([
      'WorkingDirectory=/srv/100%%',
      'EnvironmentFile=-/srv/100%%/.env',
      'ExecStart="/usr/bin/node" "/srv/$$HOME/\\"x\\"\\\\%%h.js"',
    ]);
  });
});

describe('crontabLines', () => {
  it('makes a line between markers that depends on no PATH', () => {
    expect(crontabLines(LOAD, 'UTC').text).toBe(`# BEGIN xano shop
# Written by \`xano schedule install\` for /srv/my shop
15 3 * * * cd '/srv/my shop' || exit 1; if [ -f .env ]; then set -a; . ./.env; set +a; fi; exec '/usr/bin/node' '/opt/xano/main.js' 'load' '--quiet' '--log-file=/srv/my shop/load.jsonl'
# END xano shop
`);
  });

  it("escapes cron's percent sign, and delays with the program itself", () => {
    const load = { ...at('0 * * * *', { jitter_ms: 5000 }), folder: "/srv/it's 100%" };
    expect(crontabLines(load, 'UTC').text.split('\n')[2]).toBe(
      "0 * * * * cd '/srv/it'\\''s 100\\%' || exit 1; if [ -f .env ]; then set -a; . ./.env; set +a; fi; '/usr/bin/node' -e 'setTimeout(Date, Math.random() * 5000)'; exec '/usr/bin/node' '/opt/xano/main.js' 'load' '--quiet' '--log-file=/srv/my shop/load.jsonl'",
    );
  });

  it('leaves other lines byte for byte, when it comes and when it goes', () => {
    // Latin-1, tabs, carriage returns, a lone marker, no line break at the end.
    const others = Buffer.from(
      'MAILTO=a@b\r\n# END xano shop\n\t5 * * * * caf\xe9 %x\n0 0 * * * true',
      'latin1',
    );
    const before = others.toString('latin1');
    const { text } = crontabLines({ ...LOAD, folder: '/srv/café' }, 'UTC');
    const installed = withLines(before, 'shop', text);
    expect(installed.startsWith(before)).toBe(true);
    expect(Buffer.from(linesIn(installed, 'shop')!, 'latin1').toString('utf8')).toBe(text);
    expect(withLines(installed, 'shop', text)).toBe(installed);
    expect(withoutLines(installed, 'shop')).toBe(`${before}\n`);
    expect(withoutLines(before, 'shop')).toBe(before);
    const two = withLines(installed, 'other', text.replaceAll('xano shop', 'xano other'));
    expect(withoutLines(withoutLines(two, 'shop'), 'other')).toBe(`${before}\n`);
  });
});

describe('launchdAgent', () => {
  it('lists the times, and starts the load in its folder', () => {
    expect(launchdAgent({ ...at('0,30 3 * * 1,7'), folder: '/Users/a&b--c' }, 'UTC')).toEqual({
      file: 'com.xano-connector.shop.plist',
      text: `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by \`xano schedule install\` for /Users/a&b\u2010\u2010c -->
<plist version="1.0">
<dict>
  <key>Label</key><string>com.xano-connector.shop</string>
  <key>ProgramArguments</key>
  <array>
    <string>/bin/sh</string>
    <string>-c</string>
    <string>cd '/Users/a&amp;b--c' || exit 1; if [ -f .env ]; then set -a; . ./.env; set +a; fi; exec '/usr/bin/node' '/opt/xano/main.js' 'load' '--quiet' '--log-file=/srv/my shop/load.jsonl'</string>
  </array>
  <key>StandardErrorPath</key><string>/Users/a&amp;b--c/load.err</string>
  <key>StartCalendarInterval</key>
  <array>
    <dict><key>Weekday</key><integer>0</integer><key>Hour</key><integer>3</integer><key>Minute</key><integer>0</integer></dict>
    <dict><key>Weekday</key><integer>0</integer><key>Hour</key><integer>3</integer><key>Minute</key><integer>30</integer></dict>
    <dict><key>Weekday</key><integer>1</integer><key>Hour</key><integer>3</integer><key>Minute</key><integer>0</integer></dict>
    <dict><key>Weekday</key><integer>1</integer><key>Hour</key><integer>3</integer><key>Minute</key><integer>30</integer></dict>
  </array>
</dict>
</plist>
`,
    });
  });
});

describe('scheduledTask', () => {
  const trigger = (load: ScheduledLoad): string[] =>
    scheduledTask(load, 'UTC')
      .text.split('\r\n')
      .filter((line) => /Start.*T|Repet|Schedule|RandomDelay/.test(line))
      .map((line) => line.trim());

  it('makes a task that makes up for missed times and never runs twice at once', () => {
    const windows = {
      ...LOAD,
      folder: 'C:\\Shop & Co',
      command: ['C:\\node.exe', 'C:\\a b\\', 'say "x"', 'load'],
    };
    expect(
      scheduledTask(windows, 'UTC').text.replaceAll('\r\n', '\n'),
    ).toBe(`<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Written by \`xano schedule install\` for C:\\Shop &amp; Co</Description>
    <URI>\\xano\\shop</URI>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T03:15:00</StartBoundary>
      <Enabled>true</Enabled>
      <ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
  </Settings>
  <Actions>
    <Exec>
      <Command>C:\\node.exe</Command>
      <Arguments>&quot;C:\\a b\\\\&quot; &quot;say \\&quot;x\\&quot;&quot; load</Arguments>
      <WorkingDirectory>C:\\Shop &amp; Co</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`);
  });

  it('repeats itself at equal intervals, and knows weeks and months', () => {
    expect(trigger(at('*/20 * * * *', { jitter_ms: 90_000 }))).toEqual([
      '<Repetition><Interval>PT20M</Interval><Duration>P1D</Duration></Repetition>',
      '<StartBoundary>2026-01-01T00:00:00</StartBoundary>',
      '<RandomDelay>PT90S</RandomDelay>',
      '<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>',
    ]);
    expect(trigger(at('0 6 1 jan sat,sun'))).toEqual([
      '<StartBoundary>2026-01-01T06:00:00</StartBoundary>',
      '<ScheduleByMonth><DaysOfMonth><Day>1</Day></DaysOfMonth><Months><January /></Months></ScheduleByMonth>',
      '<StartBoundary>2026-01-01T06:00:00</StartBoundary>',
      '<ScheduleByMonthDayOfWeek><Weeks><Week>1</Week><Week>2</Week><Week>3</Week><Week>4</Week><Week>Last</Week></Weeks><DaysOfWeek><Sunday /><Saturday /></DaysOfWeek><Months><January /></Months></ScheduleByMonthDayOfWeek>',
    ]);
    expect(trigger(at('0 6 * * 1'))).toEqual([
      '<StartBoundary>2026-01-01T06:00:00</StartBoundary>',
      '<ScheduleByWeek><DaysOfWeek><Monday /></DaysOfWeek><WeeksInterval>1</WeeksInterval></ScheduleByWeek>',
    ]);
  });
});

describe('a schedule that a scheduler cannot express', () => {
  it.each<readonly [string, () => unknown, string]>([
    [
      'systemd, the last day',
      () => systemdUnits(at('0 0 L * *')),
      'systemd cannot express "l" of the schedule "0 0 L * *".',
    ],
    [
      'cron, the second Monday',
      () => crontabLines(at('0 0 * * mon#2'), 'UTC'),
      'cron cannot express "mon#2" of the schedule "0 0 * * mon#2".',
    ],
    [
      'cron, two kinds of days with a step',
      () => crontabLines(at('0 0 */2 * 1'), 'UTC'),
      'cron reads the days of "0 0 */2 * 1" differently from one system to another.',
    ],
    [
      'cron, another time zone',
      () => crontabLines(at('0 0 * * *', { timezone: 'Europe/Berlin' }), 'UTC'),
      'cron goes by the time zone of this computer, UTC; the schedule has Europe/Berlin.',
    ],
    [
      'launchd, too many times',
      () => launchdAgent(at('1-59 0-22 * * *'), 'UTC'),
      'launchd would need 1357 times for "1-59 0-22 * * *".',
    ],
    [
      'the Task Scheduler, too many triggers',
      () =>
        scheduledTask(at('*/20 8-23 * * *'), 'UTC').text.length +
        scheduledTask(at('*/5 8-18 * * *'), 'UTC').text.length,
      'The Task Scheduler would need 132 triggers for "*/5 8-18 * * *"; it takes 48.',
    ],
    [
      'any, a path with a line break',
      () => systemdUnits({ ...LOAD, folder: '/srv/a\nb' }),
      'A scheduler cannot hold the path "/srv/a\\nb".',
    ],
  ])('is refused with a sentence: %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
