/** The layout of tables and blocks for a terminal's width. Pure. */
import Table from 'cli-table3';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
};
const NO_BORDERS = {
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** The first layout that fits: all columns, then without optional ones, then a block for each row. */
export function tableLines(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
  spare: readonly number[],
  columns: number,
): string[] {
  for (let few = 0; few <= spare.length; few++) {
    const excluded = spare.slice(0, few);
    const shown = headings.map((_, i) => i).filter((i) => !excluded.includes(i));
    const pick = (row: readonly string[]): string[] => shown.map((i) => row[i] ?? '');
    const onTheRight = shown.flatMap((i, at) => (right.includes(i) ? [at] : []));
    const lines = aligned(pick(headings), rows.map(pick), onTheRight, columns);
    if (lines !== undefined) return lines;
  }
  return rows.flatMap(([title = '', ...values], i) => [
    ...(i === 0 ? [] : ['']),
    ...blockLines(
      title,
      values.flatMap((value, at) => (value === '' ? [] : [[headings[at + 1] ?? '', value] as const])),
      columns,
    ),
  ]);
}

/** Rows in aligned columns; undefined where they are too wide for the terminal. */
export function aligned(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
  columns: number,
): string[] | undefined {
  const draw = (all: readonly (readonly string[])[]): string[] => {
    const [head = [], ...body] = all.map((row) => [...row]);
    const table = new Table({
      head,
      chars: { ...NO_LINES, ...NO_BORDERS },
      colAligns: headings.map((_, i) => (right.includes(i) ? 'right' : 'left')),
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    });
    for (const row of body) table.push(row);
    return table
      .toString()
      .split('\n')
      .map((line) => `  ${line.trimEnd()}`);
  };
  const all = [headings, ...rows];
  const lines = draw(all);
  const over = widestOf(lines) - columns + 1;
  if (over <= 0) return lines;
  // The last column may be long: it is wrapped at words if enough space remains.
  const room = widestOf(all.map((row) => row.at(-1) ?? '')) - over;
  if (room < READABLE) return undefined;
  const broken = draw(all.map((row) => [...row.slice(0, -1), wrapAnsi(row.at(-1) ?? '', room)]));
  return broken.every((line) => stringWidth(line) < columns) ? broken : undefined;
}

/** The width of the widest text. A loop, since a spread takes only so many arguments. */
const widestOf = (texts: readonly string[]): number =>
  texts.reduce((widest, text) => Math.max(widest, stringWidth(text)), 0);

/** Values beside their names, or below them where the space beside them is too narrow. */
export function blockLines(
  title: string,
  values: readonly (readonly [name: string, value: string])[],
  columns: number,
): string[] {
  const broken = (text: string, indent: number): string[] =>
    wrapAnsi(text, Math.max(1, columns - 1 - indent), { hard: true }).split('\n');
  const widest = widestOf(values.map(([name]) => name));
  const isBeside = columns - 1 - 4 - widest - 2 >= READABLE;
  const lines = values.flatMap(([name, value]) => {
    if (!isBeside)
      return [
        ...broken(name, 4).map((line) => `    ${line}`),
        ...broken(value, 6).map((line) => `      ${line}`),
      ];
    const padded = name + ' '.repeat(widest - stringWidth(name));
    return broken(value, 4 + widest + 2).map(
      (line, i) => `    ${i === 0 ? padded : ' '.repeat(widest)}  ${line}`,
    );
  });
  return [...broken(title, 2).map((line) => `  ${line}`), ...lines].map((line) => line.trimEnd());
}

/** A narrower column of words is harder to read than lines that the terminal wraps. */
export const READABLE = 12;
