/** What is said on a terminal, as that terminal shows it. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createPrinter, type Printer } from '../../../src/cli/output/output.js';
import { atOffice } from '../at-office.js';
import { screen } from '../terminal.js';

/** A printer on a terminal of so many columns (in a pipe without), and what was written to both streams. */
function printing(columns?: number): { printer: Printer; written: { stdout: string; stderr: string } } {
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({
    stream: new Writable({
      write: (chunk, _encoding, done) => {
        written[name] += String(chunk);
        done();
      },
    }),
    is_terminal: columns !== undefined,
    columns: () => columns,
    rows: () => undefined,
  });
  const context = { stdout: output('stdout'), stderr: output('stderr'), env: {} };
  return { printer: createPrinter(context, false), written };
}

/** The lines that a terminal shows of a text, without the empty ones below it. */
async function shown(text: string, columns: number): Promise<string[]> {
  const lines = await screen(text, columns, 40);
  return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
}

const SENTENCE =
  'users: 12 values did not fit the column; the rows have NULL there, and _xano.rejects has the values.';

describe('a sentence that is wider than the terminal', () => {
  it('wraps at words, and its further lines are indented', async () => {
    const { printer, written } = printing(40);
    printer.note(SENTENCE, 'short.');
    expect(await shown(written.stderr, 40)).toEqual([
      'users: 12 values did not fit the',
      '  column; the rows have NULL there, and',
      '  _xano.rejects has the values.',
      'short.',
    ]);
  });

  it('keeps its indent', async () => {
    const { printer, written } = printing(30);
    printer.note('Error: nothing was loaded.', '  Run the same command again for those that failed.');
    expect(await shown(written.stderr, 30)).toEqual([
      'Error: nothing was loaded.',
      '  Run the same command again',
      '  for those that failed.',
    ]);
  });

  it('wraps at words as a warning and as a result', async () => {
    const { printer, written } = printing(40);
    printer.warn(SENTENCE);
    printer.result(SENTENCE);
    for (const text of [written.stderr, written.stdout]) {
      const lines = await shown(text, 40);
      expect(lines.length).toBeGreaterThan(2);
      expect(lines.join(' ').replace(/ +/g, ' ')).toBe(text.trimEnd().replace(/\s+/g, ' '));
      expect(text.replace(/\s+/g, ' ')).toContain(`${SENTENCE} `);
    }
  });

  it('stays one line in a pipe', () => {
    const { printer, written } = printing();
    printer.note(SENTENCE);
    expect(written.stderr).toBe(`${SENTENCE}\n`);
  });

  it('wraps at words as an error of a command', async () => {
    const desk = await atOffice();
    const said = await desk.run(['discover', '--instance', 'x-ofice'], { columns: 40 });
    expect({ status: said.status, stdout: said.stdout }).toEqual({ status: 2, stdout: '' });
    expect(await shown(said.stderr, 40)).toEqual([
      'Error: This token sees no instance',
      '  "x-ofice"; did you mean "x-office"?',
      '  This token sees: x-office (Our',
      '  office).',
      '  Code: USAGE',
    ]);
  });
});

describe('a table that is wider than the terminal', () => {
  const HEADINGS = ['table', 'rows', 'description'];
  const ROWS = [
    ['people', '3', 'Who works here, and who did until not so long ago'],
    ['rooms', '12', 'Where'],
  ];

  it('wraps its last column at words, and keeps the others', async () => {
    const { printer, written } = printing(44);
    printer.table(HEADINGS, ROWS, [1]);
    expect(await shown(written.stdout, 44)).toEqual([
      '  table   rows  description',
      '  people     3  Who works here, and who did',
      '                until not so long ago',
      '  rooms     12  Where',
    ]);
  });

  it('drops its optional columns, the first one first', async () => {
    const shownIn = async (columns: number): Promise<string[]> => {
      const { printer, written } = printing(columns);
      printer.table(
        ['table', 'rows', 'rows/s', 'status'],
        [['people', '3', '3,000', 'loaded']],
        [1, 2],
        [2, 1],
      );
      return shown(written.stdout, columns);
    };
    expect(await shownIn(40)).toEqual(['  table   rows  rows/s  status', '  people     3   3,000  loaded']);
    expect(await shownIn(30)).toEqual(['  table   rows  status', '  people     3  loaded']);
    expect(await shownIn(20)).toEqual(['  table   status', '  people  loaded']);
  });

  it('shows each row as lines below its name where it is still too wide', async () => {
    const { printer, written } = printing(24);
    const id = '5d7fff25-4ae6-40d0-a8ae-1d70947af867';
    printer.table(
      ['table', 'rows', 'guid', 'description'],
      [
        ['people', '3', id, ''],
        [{ text: 'rooms', tone: 'warn' }, '12', '-', 'Where'],
      ],
      [1],
      [3],
    );
    expect(await shown(written.stdout, 24)).toEqual([
      '  people',
      '    rows  3',
      '    guid  5d7fff25-4ae6',
      '          -40d0-a8ae-1d',
      '          70947af867',
      '',
      '  rooms',
      '    rows',
      '      12',
      '    guid',
      '      -',
      '    description',
      '      Where',
    ]);
  });

  it('keeps its lines within the terminal for names in wide letters', async () => {
    const { printer, written } = printing(30);
    printer.table(['table', 'where', 'description'], [['東京支店の予定', '東京', 'A branch, and its plans']]);
    expect(await shown(written.stdout, 30)).toEqual([
      '  東京支店の予定',
      '    where        東京',
      '    description  A branch,',
      '                 and its',
      '                 plans',
    ]);
  });

  it('is unchanged where there is room', async () => {
    const { printer, written } = printing(80);
    printer.table(HEADINGS, ROWS, [1]);
    expect(await shown(written.stdout, 80)).toEqual([
      '  table   rows  description',
      '  people     3  Who works here, and who did until not so long ago',
      '  rooms     12  Where',
    ]);
  });

  it('is one line per row in a pipe', () => {
    const { printer, written } = printing();
    printer.table(HEADINGS, ROWS, [1]);
    expect(written.stdout).toBe(`${ROWS.map((row) => row.join('\t')).join('\n')}\n`);
  });
});
