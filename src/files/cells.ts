/** Values as cells of a workbook. Pure. */
import type { CellValue } from 'hucre/xlsx';
import { type QueryColumn, type QueryValue, valueAsText } from '../index.js';
import type { Findings } from './findings.js';
import { isTime } from './iso-times.js';

/** Excel's limits. Microsoft, "Excel specifications and limits". */
export const EXCEL = { columns: 16_384, characters: 32_767, sheet_name: 31 } as const;

/** Excel shows 15 digits of a number, and zeros in place of the others. */
const MOST_DIGITS = 15;
const MOST = 10n ** BigInt(MOST_DIGITS);
/**
 * The first day on which programs agree what number it is: Excel takes 1900 for a leap year, and LibreOffice
 * does not.
 */
const FIRST_DAY = Date.UTC(1900, 2, 1);
const LAST_DAY = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** How a column is shown; undefined for what Excel would choose. */
export interface Look {
  readonly numFmt: string;
  /** In characters. */
  readonly width: number;
}

/** Makes a cell. `found` counts those that are not what the table has. */
export type ToCell = (value: QueryValue) => CellValue;

/** How the values of a column become cells, and how they look. Times are as `withIsoTimes` writes them. */
export function cellsOf(
  column: QueryColumn,
  findings: Findings,
): { readonly cell: ToCell; readonly look?: Look } {
  const { name } = column;
  const asText = (text: string): string => {
    findings.add('text', name);
    return text;
  };
  const moment = (iso: string, shown: string): CellValue => {
    const at = Date.parse(iso);
    return at >= FIRST_DAY && at <= LAST_DAY ? new Date(at) : asText(shown);
  };
  if (isTime(column))
    return {
      look: { numFmt: 'yyyy-mm-dd hh:mm:ss', width: 20 },
      cell: (value) => (typeof value === 'string' ? moment(value, value) : null),
    };
  if (/^date$/i.test(column.type))
    return {
      look: { numFmt: 'yyyy-mm-dd', width: 11 },
      cell: (value) =>
        typeof value !== 'string'
          ? null
          : moment(/^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00Z` : '', value),
    };
  const isDecimal = /^(decimal|numeric)/i.test(column.type);
  return {
    cell: (value) => {
      if (value === null || typeof value === 'boolean') return value;
      if (typeof value === 'number') return Number.isFinite(value) ? value : asText(String(value));
      if (typeof value === 'bigint')
        return value > -MOST && value < MOST ? Number(value) : asText(String(value));
      const text = valueAsText(value) ?? '';
      if (isDecimal) return digitsIn(text) <= MOST_DIGITS ? Number(text) : asText(text);
      return fitting(text, name, findings);
    },
  };
}

const digitsIn = (number: string): number => number.replace(/\D/g, '').length;

/** A text that a cell can hold, escaped. Counts it if it was cut. */
export function fitting(text: string, column: string, findings: Findings): string {
  let fits = text;
  if (text.length > EXCEL.characters) {
    findings.add('cut', column);
    fits = wholeCharacters(text, EXCEL.characters);
  }
  // Excel reads `_x0041_` in a cell as an escape, which is itself escaped in this way (ECMA-376, ST_Xstring).
  return fits.replace(/_(?=x[0-9a-f]{4}_)/gi, '_x005F_');
}

/** The beginning of a text, without half a character at its end. */
export function wholeCharacters(text: string, most: number): string {
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}
