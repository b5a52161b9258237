/**
 * Lines at the foot of a terminal that are drawn again and again. Not by the package log-update: version 8
 * needs Node 22, and it counts lines by the width at which it drew them, not by the one that the terminal has
 * become.
 */
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import type { Output } from '../context.js';

/** Lines that move, below what was said. */
export interface LiveLines {
  /** Puts these lines where the last ones were. Each must be narrower than the terminal. */
  readonly draw: (lines: readonly string[]) => void;
  /** Takes them away, so that something can be said in their place. */
  readonly clear: () => void;
  /** Takes them away for good, and gives the cursor back. */
  readonly stop: () => void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Between these two a terminal that knows them shows nothing half drawn; others pass over them. */
const TOGETHER = ['\u001b[?2026h', '\u001b[?2026l'] as const;
const CLEAR_BELOW = '\u001b[J';

/** Draws on this terminal. */
export function liveLines({ stream, columns, rows }: Output): LiveLines {
  let drawn: readonly string[] = [];
  let hidden = false;

  /**
   * Back to where the first line began. A terminal that has become narrower since then has broken the lines:
   * they are higher now.
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

/**
 * How many lines a text takes in so many columns; a wide letter that would be cut in two goes to the next.
 */
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
