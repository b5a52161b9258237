/** The boxes of the diagram: a table with its keys, its references, and some of its other columns. Pure. */
import type { SchemaColumn, SchemaTable } from '../../../index.js';
import type { Link } from './links.js';

/** A line of a box. */
export interface BoxLine {
  readonly name: string;
  readonly type: string;
  /** `key`: of the primary key. `reference`: it refers to a table. */
  readonly role: 'key' | 'reference' | 'plain';
}

/** A table of the diagram. Sizes in pixels at 100 %. */
export interface Box {
  /** The table's full name. */
  readonly id: string;
  readonly title: string;
  readonly lines: readonly BoxLine[];
  /** Columns that have no line. */
  readonly more: number;
  readonly width: number;
  readonly height: number;
}

/** A box with the place of its left upper corner. */
export interface PlacedBox extends Box {
  readonly x: number;
  readonly y: number;
}

/** The height of a title. */
export const TITLE = 32;
/** The height of a line. */
export const LINE = 22;
/** Below the last line. */
const BELOW = 6;
const NARROWEST = 150;
const WIDEST = 300;
/** Between edge and text, on both sides, and between name and type. */
const SPACE = 12 + 12 + 16;
/** The most columns of a box; keys and references come first. */
const MOST_LINES = 8;
/** The most characters of a name or a type. */
const MOST_CHARACTERS = 28;

const short = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;

function lineOf({ name, column, type, references }: SchemaColumn, { primary_key }: SchemaTable): BoxLine {
  const role = primary_key.includes(name) ? 'key' : references === null ? 'plain' : 'reference';
  return { name: short(column ?? name), type: short((type ?? '').toLowerCase()), role };
}

const ROLES: readonly BoxLine['role'][] = ['key', 'reference', 'plain'];

/** A box for every table. `widthOf` measures a text as it is drawn. */
export function boxesOf(tables: readonly SchemaTable[], widthOf: (text: string) => number): Box[] {
  return tables.map((table) => {
    const lines = (table.columns ?? [])
      .map((column) => lineOf(column, table))
      .toSorted((one, other) => ROLES.indexOf(one.role) - ROLES.indexOf(other.role));
    const shown = lines.slice(0, MOST_LINES);
    const more = lines.length - shown.length;
    const title = short(table.table);
    const needed = Math.max(
      widthOf(title) * 1.15 + 24,
      ...shown.map(({ name, type }) => widthOf(name) + widthOf(type) + SPACE),
    );
    return {
      id: table.table,
      title,
      lines: shown,
      more,
      width: Math.ceil(Math.min(WIDEST, Math.max(NARROWEST, needed))),
      height: TITLE + (shown.length + (more > 0 ? 1 : 0)) * LINE + BELOW,
    };
  });
}

/** The height at which a reference leaves a box: that of its line; below the title where it has none. */
function heightOf(box: PlacedBox, isLine: (line: BoxLine) => boolean): number {
  const at = box.lines.findIndex(isLine);
  return box.y + (at < 0 ? TITLE / 2 : TITLE + (at + 0.5) * LINE);
}

/** How far a line goes straight out of its box. */
const OUT = 36;

/** The path of a reference, as SVG spells it: out of one side, into the nearer side of the other box. */
export function pathOf({ column }: Link, from: PlacedBox, to: PlacedBox): string {
  const start = heightOf(from, ({ name }) => name === short(column));
  const end = heightOf(to, ({ role }) => role === 'key');
  const [right, other_right] = [from.x + from.width, to.x + to.width];
  if (from.id === to.id)
    return `M${right} ${start}C${right + OUT} ${start} ${right + OUT} ${end} ${right} ${end}`;
  // Out to the right where the other box begins there; into its right side where it ends left of this one.
  if (to.x >= right + 8) return curve(right, start, to.x, end, 1, -1);
  if (other_right <= from.x - 8) return curve(from.x, start, other_right, end, -1, 1);
  return curve(right, start, other_right, end, 1, 1);
}

function curve(x1: number, y1: number, x2: number, y2: number, out: 1 | -1, into: 1 | -1): string {
  const reach = Math.max(OUT, Math.abs(x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + out * reach} ${y1} ${x2 + into * reach} ${y2} ${x2} ${y2}`;
}
