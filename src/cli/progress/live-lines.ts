/**
 * Redraws lines at the foot of a terminal. Not by the package log-update: version 8 needs Node 22, and it
 * counts lines by the width at the time of drawing, not by the terminal's present one.
 */
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import type { Output } from '../context.js';

/** Lines that are redrawn below the permanent output. */
export interface LiveLines {
  /** Replaces the last lines with these. Each must be narrower than the terminal. */
  readonly draw: (lines: readonly string[]) => void;
  /** Removes the lines, so that permanent output can follow. */
  readonly clear: () => void;
  /** Removes the lines finally, and shows the cursor again. */
  readonly stop: () => void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Between these two, a terminal that supports them shows no partial drawing; others ignore them. */
const TOGETHER = ['\u001b[?2026h', '\u001b[?2026l'] as const;
const CLEAR_BELOW = '\u001b[J';

/** Draws on this terminal. */
export function liveLines({ stream, columns, rows }: Output): LiveLines {
  let drawn: readonly string[] = [];
  let hidden = false;

  /**
   * Moves back to the start of the first line. If the terminal has become narrower since, it has wrapped the
   * lines, so they are more.
   */
  const back = (): string => {
    if (drawn.length === 0) return '';
    const across = columns() ?? 80;
    const height = drawn.reduce((sum, line) => sum + heightOf(line, across), 0);
    const up = Math.min(height, (rows() ?? 24) - 1);
    return `\u001b[${up}F${CLEAR_BELOW}`;
  };

  const clear = (): void => {
    if (drawn.length > 0) stream.write(back());
    drawn = [];
  };

  return {
    draw: (lines) => {
      const text = lines.map((line) => `${line}\n`).join('');
      stream.write(`${hidden ? '' : HIDE_CURSOR}${TOGETHER[0]}${back()}${text}${TOGETHER[1]}`);
      hidden = true;
      drawn = lines;
    },
    clear,
    stop: () => {
      clear();
      if (hidden) stream.write(SHOW_CURSOR);
      hidden = false;
    },
  };
}

const letters = new Intl.Segmenter();

/** How many lines a text takes at a width; a wide letter that does not fit goes to the next line. */
function heightOf(text: string, across: number): number {
  let height = 1;
  let column = 0;
  for (const { segment } of letters.segment(stripVTControlCharacters(text))) {
    const width = stringWidth(segment);
    if (column + width > across) {
      height++;
      column = 0;
    }
    column += width;
  }
  return height;
}
