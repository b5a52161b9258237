/** What pages hear of a load: everything first, then changes, numbered, and not too often. */
import { describe, expect, it } from 'vitest';
import type { Followed, LiveLoad } from '../../../src/dashboard/loads/live-answers.js';
import { createLiveHub } from '../../../src/dashboard/loads/live-hub.js';
import type { Message } from '../../../src/dashboard/loads/outbox.js';

const LOAD: LiveLoad = {
  started_by: 'page',
  state: 'running',
  load_id: null,
  started_at: '2026-03-01T12:00:00.000Z',
  finished_at: null,
  result: null,
  rows_per_second: null,
  wait: null,
  messages: [],
  error: null,
  asked: { tables: [], incremental: null },
};

const progressOf = (...rows: readonly number[]): Followed => ({
  load_id: 'L1',
  started_at: LOAD.started_at,
  wait: null,
  tables: rows.map((rows_read, i) => ({
    resource: `t${i}`,
    state: 'reading',
    rows_read,
    rows_expected: 10_000,
    rows_resumed: 0,
    ranges_read_again: 0,
    wait: null,
    started_at: LOAD.started_at,
    result: null,
  })),
});

/** A hub, a clock that the test moves, and what pages hear. */
function hubAt() {
  let time = 0;
  let alarms: { readonly at: number; readonly ring: () => void }[] = [];
  const hub = createLiveHub({
    may_load: true,
    all_tables_only: false,
    now: () => Date.UTC(2026, 2, 1, 12) + time,
    steady: () => time,
    alarm: (ms, ring) => {
      alarms.push({ at: time + ms, ring });
      return () => {};
    },
  });
  const advance = (ms: number): void => {
    time += ms;
    const due = alarms.filter(({ at }) => at <= time);
    alarms = alarms.filter(({ at }) => at > time);
    for (const { ring } of due) ring();
  };
  const listen = (last_id: number | null = null) => {
    const heard: Message[] = [];
    const stop = hub.subscribe(last_id, (message) => heard.push(message));
    return { heard, stop };
  };
  return { hub, advance, listen };
}

const idsOf = (messages: readonly Message[]): string[] => messages.map(({ id, event }) => `${id} ${event}`);
const rowsOf = ({ data }: Message): unknown =>
  (JSON.parse(data) as { tables: { resource: string; rows_read: number }[] }).tables.map(
    ({ resource, rows_read }) => `${resource} ${rows_read}`,
  );

describe('a hub', () => {
  it('tells everything first, and then the tables that changed', () => {
    const { hub, advance, listen } = hubAt();
    const { heard } = listen();
    expect(heard).toEqual([
      {
        id: 0,
        event: 'snapshot',
        data: JSON.stringify({
          at: '2026-03-01T12:00:00.000Z',
          may_load: true,
          all_tables_only: false,
          load: null,
          tables: [],
        }),
      },
    ]);
    hub.begin(LOAD);
    advance(200);
    hub.follow(progressOf(0, 0));
    advance(200);
    hub.follow(progressOf(0, 500));
    expect(idsOf(heard)).toEqual(['0 snapshot', '1 snapshot', '2 change', '3 change']);
    expect(heard.slice(2).map(rowsOf)).toEqual([['t0 0', 't1 0'], ['t1 500']]);
    expect(JSON.parse(heard[3]!.data)).toMatchObject({ load: { load_id: 'L1', state: 'running' } });
  });

  it('tells a table at most five times a second, and its newest state in the end', () => {
    const { hub, advance, listen } = hubAt();
    hub.begin(LOAD);
    const { heard } = listen();
    for (let rows = 1; rows <= 1_000; rows++) {
      hub.follow(progressOf(rows));
      advance(1);
    }
    advance(200);
    expect(heard.length).toBe(1 + 5);
    expect(rowsOf(heard.at(-1)!)).toEqual(['t0 1000']);
  });

  it('measures rows a second, also of a table without news', () => {
    const { hub, advance, listen } = hubAt();
    hub.begin(LOAD);
    hub.follow(progressOf(0, 0));
    const { heard } = listen();
    for (let second = 1; second <= 4; second++) {
      advance(1_000);
      hub.follow(progressOf(second * 200, 1_000));
    }
    const last = JSON.parse(heard.at(-1)!.data) as {
      load: { rows_per_second: number };
      tables: { resource: string; rows_per_second: number }[];
    };
    expect(last.load.rows_per_second).toBe(450);
    expect(last.tables.map(({ resource, rows_per_second }) => [resource, rows_per_second])).toEqual([
      ['t0', 200],
      ['t1', 250],
    ]);
  });

  it('tells a page that comes back what it missed, and everything where that is no longer known', () => {
    const { hub, advance, listen } = hubAt();
    hub.begin(LOAD);
    const first = listen();
    for (let rows = 1; rows <= 3; rows++) {
      advance(200);
      hub.follow(progressOf(rows));
    }
    first.stop();
    expect(hub.subscribers()).toBe(0);
    const last = first.heard.at(-1)!.id;
    for (let rows = 4; rows <= 6; rows++) {
      advance(200);
      hub.follow(progressOf(rows));
    }
    const again = listen(last);
    expect(again.heard.map(rowsOf)).toEqual([['t0 4'], ['t0 5'], ['t0 6']]);
    expect(again.heard.map(({ id }) => id)).toEqual([last + 1, last + 2, last + 3]);
    expect(listen(last + 3).heard).toEqual([]);
    // A number of another start, and one that was never given.
    for (const unknown of [0, last + 4, 999_999])
      expect(idsOf(listen(unknown).heard)).toEqual([`${last + 3} snapshot`]);
    for (let rows = 7; rows <= 400; rows++) {
      advance(200);
      hub.follow(progressOf(rows));
    }
    const late = listen(last);
    expect(late.heard.map(({ event }) => event)).toEqual(['snapshot']);
    expect(rowsOf(late.heard[0]!)).toEqual(['t0 400']);
  });
});
