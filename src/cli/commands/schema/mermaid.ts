/**
 * A schema as a Mermaid `erDiagram`. Mermaid accepts few characters: table names and comments are quoted, and
 * a space or another quote replaces characters that they cannot contain; in names of columns and types, `_`
 * replaces everything but letters, digits and `_`, and the comment holds the real name.
 */
import { referredTable, type SchemaColumn, type SchemaTable } from '../../../index.js';

/** The lines of the diagram of some tables. A table that is only referred to is a box without columns. */
export function mermaidOf(tables: readonly SchemaTable[], all: readonly SchemaTable[]): string[] {
  const boxes = boxNames(all);
  const links = tables.flatMap((table) =>
    (table.columns ?? []).flatMap((column) => {
      const to = column.references === null ? undefined : referredTable(column.references, all);
      // Xano does not enforce references: zero or one row, or as many as a list names.
      const many = (column.xano_type ?? column.type)?.endsWith('[]') === true ? 'o{' : 'o|';
      return to === undefined
        ? []
        : [`  ${boxes.get(table)} }o--${many} ${boxes.get(to)} : "${quotable(column.name) || '_'}"`];
    }),
  );
  return ['erDiagram', ...tables.flatMap((table) => box(boxes.get(table)!, table)), ...links];
}

/** The name of each table's box: equal names get the tables' ids. */
function boxNames(tables: readonly SchemaTable[]): ReadonlyMap<SchemaTable, string> {
  const taken = new Set<string>();
  return new Map(
    tables.map((table, i) => {
      const title = quotable(table.table) || `table ${table.id ?? i}`;
      let name = title;
      for (let n = 2; taken.has(name); n++) name = `${title} (${n})`;
      taken.add(name);
      return [table, `"${name}"`];
    }),
  );
}

function box(name: string, { columns, primary_key }: SchemaTable): string[] {
  if (columns === null || columns.length === 0) return [`  ${name}`];
  const taken = new Set<string>();
  return [`  ${name} {`, ...columns.map((column) => `    ${attribute(column, primary_key, taken)}`), '  }'];
}

function attribute(column: SchemaColumn, primary_key: readonly string[], taken: Set<string>): string {
  const { name, xano_type, type, references, description } = column;
  const base = word(name);
  let shown = base;
  for (let n = 2; taken.has(shown); n++) shown = `${base}_${n}`;
  taken.add(shown);
  const keys = [...(primary_key.includes(name) ? ['PK'] : []), ...(references === null ? [] : ['FK'])];
  const comment = quotable(
    [shown === name ? '' : name, description].filter((part) => part !== '').join(': '),
  );
  return [
    typeWord(xano_type ?? type ?? 'unknown'),
    shown,
    ...(keys.length === 0 ? [] : [keys.join(', ')]),
    ...(comment === '' ? [] : [`"${comment}"`]),
  ].join(' ');
}

/** Mermaid reads these words as marks of a key. */
const KEYS = /^(PK|FK|UK)$/;

function word(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?![A-Za-z_])/, '_');
  return KEYS.test(plain) ? `${plain}_` : plain;
}

/** A type may have brackets: `text[]`, `FLOAT[3]`, `FLOAT[3][]`. */
const typeWord = (type: string): string => {
  let end = type.length;
  while (type[end - 1] === ']') {
    const open = type.lastIndexOf('[', end);
    if (open < 0 || !/^\d*$/.test(type.slice(open + 1, end - 1))) break;
    end = open;
  }
  return word(type.slice(0, end)) + type.slice(end);
};

/** A text as quotes may contain it. Mermaid interprets `~` and directions even there. */
function quotable(text: string): string {
  return text
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replaceAll('~', '-')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}%;]+/gu, ' ')
    .replace(/(direction)\s+(TB|BT|RL|LR)/gi, '$1_$2')
    .trim();
}
