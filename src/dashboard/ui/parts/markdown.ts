/** Rows as a table in Markdown. Pure. */
import type { RowsAnswer } from '../../answers.js';

/** One line a row; NULL is empty. */
export function asMarkdown({ columns, rows }: Pick<RowsAnswer, 'columns' | 'rows'>): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [
    line(columns.map(({ name }) => name)),
    `|${columns.map(() => '---').join('|')}|`,
    ...rows.map((row) => line(row.map((text) => text ?? ''))),
  ].join('\n');
}

/** A cell is one line, and no bar ends it. */
const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replace(/\r?\n/g, ' ');
