/** Whatever is printed keeps to the width of the terminal, and what is copied from it stays whole. */
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { atOffice } from '../at-office.js';
import { type Desk, openDesk, PLAIN, SHOP } from '../terminal.js';

/** What a command prints on a terminal of so many columns. */
async function printed(desk: Desk, argv: readonly string[], columns: number): Promise<string[]> {
  const { status, stdout, stderr } = await desk.run(argv, { columns, env: PLAIN });
  expect(status, stderr).toBe(0);
  return desk.tidy(stdout).trimEnd().split('\n');
}

it('no line is broken by a terminal of 80 or 40 columns', async () => {
  const desk = await openDesk();
  const to = desk.path('s.duckdb');
  const tables = ['merchant', 'every_type', 'new stuff 🚀'];
  for (const [columns, argv] of [
    [40, ['load', ...SHOP, ...tables, '--to', to]],
    [40, ['status', '--to', to]],
    [80, ['discover', ...SHOP, '--columns']],
    [40, ['discover', ...SHOP, '--columns', '--counts']],
    [40, ['schema', '--to', to]],
    [80, ['check', ...SHOP, 'merchant', 'Storefront/customers', 'Storefront/categories']],
  ] as const) {
    const { status, stdout, stderr } = await desk.run(argv, { columns, env: PLAIN });
    expect(status, stderr).toBe(0);
    // A word that is wider, such as an address, is left to the terminal.
    const wide = stdout
      .split('\n')
      .filter((line) => stringWidth(line) >= columns && / \S* \S/.test(line.trim()));
    expect({ argv, wide }).toEqual({ argv, wide: [] });
    expect(stdout.split('\n').length).toBeGreaterThan(4);
  }
});

describe('a terminal of 40 columns', () => {
  it('shows what matters most of a load, its plan and the status of the file', async () => {
    const desk = await atOffice();
    const to = desk.path('o.duckdb');
    expect(await printed(desk, ['load', '--to', to, '--dry-run'], 40)).toEqual([
      '  table   rows  pages  requests',
      '  people     3      1         1',
      '  rooms      0      1         1',
    ]);
    expect((await printed(desk, ['load', '--to', to], 40)).slice(0, 3)).toEqual([
      '  table   rows  completeness  status',
      '  people     3  proved        loaded',
      '  rooms      0  proved        loaded',
    ]);
    desk.clock.advance(3_600_000);
    expect((await printed(desk, ['status', '--to', to], 40)).slice(1, 11)).toEqual([
      '  2 tables, 3 rows',
      '',
      'xano_data workspace "Office" of',
      '  x-office',
      '  table   rows     age  completeness',
      '  people     3  1 hour  proved',
      '  rooms      0  1 hour  proved',
      '',
      'Past loads',
      '  started (UTC)     status  tables',
    ]);
  });

  it('shows lists of tables and endpoints without optional columns, and never cuts a word', async () => {
    const desk = await atOffice();
    expect((await printed(desk, ['discover'], 40)).slice(3)).toEqual([
      '  table   id  columns  description',
      '  people   7        4  Who works here',
      '  rooms    8        2',
      '',
      '  API group Door AbCdEfGh,',
      '  <x-office>/api:AbCdEfGh',
      '  verb  path    login  description',
      '  GET   people  no     Who is in',
      '  POST  ring    no     Ring the bell',
    ]);
    expect((await printed(desk, ['discover', '--columns'], 40)).slice(3, 9)).toEqual([
      '  people table 7 Who works here',
      '  column   type   refers to',
      '  id       int',
      '  name     text',
      '  born     date?',
      '  boss_id  int?   → people',
    ]);
    expect((await printed(desk, ['schema', 'people'], 40)).slice(1)).toEqual([
      '  column   Xano   DuckDB   key',
      '  id       int    BIGINT   primary',
      '  name     text   VARCHAR',
      '  born     date?  DATE',
      '  boss_id  int?   BIGINT   → people',
    ]);
  });
});

it('output for programs is not wrapped on a terminal', async () => {
  const desk = await atOffice();
  for (const argv of [
    ['endpoints'],
    ['endpoints', '--format', 'dlt'],
    ['endpoints', '--schema'],
    ['schema', '--mermaid'],
    ['schema', '--sql', 'postgres'],
  ]) {
    const piped = await desk.run(argv);
    expect((await desk.run(argv, { columns: 40 })).stdout, argv.join(' ')).toBe(piped.stdout);
  }
});
