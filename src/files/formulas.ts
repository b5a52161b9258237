/** Cells of a CSV file that a spreadsheet would run as a formula. Pure. */
import { type QueryColumn, valueAsText } from '../index.js';
import type { Findings } from './findings.js';
import type { CellText } from './row-texts.js';

/** How such a cell begins: OWASP, "CSV Injection". */
const BEGINS = /^[=+\-@\t\r]/;
/** A number with a sign is a number in a spreadsheet. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** Whether a spreadsheet that opens a CSV file runs this cell. */
export const isFormula = (text: string): boolean => BEGINS.test(text) && !NUMBER.test(text);

/**
 * The texts of cells, headings among them, while formulas are counted. With `safe` an apostrophe is before
 * them: spreadsheets show the rest as text.
 */
export function watchFormulas(columns: readonly QueryColumn[], findings: Findings, safe: boolean): CellText {
  return (value, i) => {
    const text = valueAsText(value);
    if (text === null || !isFormula(text)) return text;
    findings.add('formula', columns[i]!.name);
    return safe ? `'${text}` : text;
  };
}
