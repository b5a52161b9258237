/** What a file holds otherwise than the table, or what a program may take it for, counted by column. */

/**
 * `formula`: a spreadsheet would run the cell of a CSV file. `cut`: the text was longer than a cell of a
 * workbook. `text`: a workbook has no such number or date, so the cell is text.
 */
export type FindingKind = 'formula' | 'cut' | 'text';

/** Cells of one column. */
export interface Finding {
  readonly kind: FindingKind;
  readonly column: string;
  readonly cells: number;
}

/** Findings while a file is written. */
export interface Findings {
  readonly add: (kind: FindingKind, column: string) => void;
  /** In the order in which they were first met. */
  readonly list: () => Finding[];
}

/** Starts without any. */
export function createFindings(): Findings {
  const found = new Map<FindingKind, Map<string, number>>();
  return {
    add: (kind, column) => {
      const columns = found.get(kind) ?? new Map<string, number>();
      columns.set(column, (columns.get(column) ?? 0) + 1);
      found.set(kind, columns);
    },
    list: () =>
      [...found].flatMap(([kind, columns]) =>
        [...columns].map(([column, cells]) => ({ kind, column, cells })),
      ),
  };
}
