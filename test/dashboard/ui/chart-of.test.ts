/** Which chart a result gets, and its numbers. */
import { describe, expect, it } from 'vitest';
import { chartOf, MOST_POINTS, ticksOf } from '../../../src/dashboard/ui/charts/chart-of.js';

const columns = (...types: readonly string[]) => types.map((type, at) => ({ name: `c${at}`, type }));

describe('the chart of a result', () => {
  it('is a line over a time, in its order', () => {
    const rows = [
      ['2', '2026-01-02 00:00:00+00', 'b', '1.5'],
      ['1', '2026-01-01 12:30:00.5+00', 'a', null],
      [null, '2026-01-03 00:00:00+00', 'c', 'NaN'],
    ];
    expect(
      chartOf({ columns: columns('BIGINT', 'TIMESTAMP WITH TIME ZONE', 'VARCHAR', 'DOUBLE'), rows }),
    ).toEqual({
      type: 'line',
      by: 'c1',
      more: 0,
      series: [
        {
          name: 'c0',
          points: [
            { label: '2026-01-01 12:30:00.5+00', x: Date.UTC(2026, 0, 1, 12, 30, 0, 500), y: 1 },
            { label: '2026-01-02 00:00:00+00', x: Date.UTC(2026, 0, 2), y: 2 },
          ],
        },
        { name: 'c3', points: [{ label: '2026-01-02 00:00:00+00', x: Date.UTC(2026, 0, 2), y: 1.5 }] },
      ],
    });
  });

  it('is a line over days and times without a zone', () => {
    const rows = [
      ['2026-01-02', '2'],
      ['2026-01-01', '1'],
    ];
    const times = rows.map(([day, n]) => [`${day} 00:00:00`, n!]);
    const points = (texts: readonly string[]) =>
      texts.map((label, i) => ({ label, x: Date.UTC(2026, 0, 1 + i), y: 1 + i }));
    const series = (texts: readonly string[]) => [{ name: 'c1', points: points(texts) }];
    expect([
      chartOf({ columns: columns('DATE', 'BIGINT'), rows })?.series,
      chartOf({ columns: columns('TIMESTAMP', 'BIGINT'), rows: times })?.series,
    ]).toEqual([
      series(['2026-01-01', '2026-01-02']),
      series(['2026-01-01 00:00:00', '2026-01-02 00:00:00']),
    ]);
  });

  it('is a bar for every name, of the first numbers', () => {
    expect(
      chartOf({
        columns: columns('VARCHAR', 'BIGINT', 'DECIMAL(9,2)'),
        rows: [
          ['b', '-2', '1'],
          [null, '3', '1'],
        ],
      }),
    ).toEqual({
      type: 'bars',
      by: 'c0',
      more: 0,
      series: [
        {
          name: 'c1',
          points: [
            { label: 'b', x: 0, y: -2 },
            { label: 'NULL', x: 1, y: 3 },
          ],
        },
      ],
    });
  });

  it('is a line over the first numbers, or over the rows', () => {
    const both = chartOf({
      columns: columns('BIGINT', 'integer'),
      rows: [
        ['2', '5'],
        ['1', '4'],
      ],
    });
    expect(both).toMatchObject({
      type: 'line',
      by: 'c0',
      series: [
        {
          points: [
            { x: 1, y: 4 },
            { x: 2, y: 5 },
          ],
        },
      ],
    });
    expect(chartOf({ columns: columns('DOUBLE'), rows: [['7']] })).toEqual({
      type: 'line',
      by: null,
      more: 0,
      series: [{ name: 'c0', points: [{ label: 'row 1', x: 0, y: 7 }] }],
    });
  });

  it('is none without numbers, and has five hundred points at most', () => {
    expect(
      chartOf({ columns: columns('VARCHAR', 'BIGINT[]', 'DATE'), rows: [['1', '[1]', '2026-01-01']] }),
    ).toBe(undefined);
    expect(chartOf({ columns: columns('BIGINT'), rows: [[null]] })).toBe(undefined);
    const rows = Array.from({ length: 700 }, (_, i) => [String(i)]);
    const chart = chartOf({ columns: columns('BIGINT'), rows });
    expect([chart?.more, chart?.series[0]?.points.length]).toEqual([200, MOST_POINTS]);
  });
});

it.each([
  [0, 5, [0, 2, 4, 6]],
  [3500, 5000, [3500, 4000, 4500, 5000]],
  [0.1, 0.35, [0.1, 0.2, 0.3, 0.4]],
  [7, 7, [6, 8]],
  [0, 0, [0, 0.5]],
  [-3, 4, [-4, -2, 0, 2, 4]],
])('the ticks from %d to %d are round', (low, high, ticks) => {
  expect(ticksOf(low, high)).toEqual(ticks);
});
