/**
 * SQL that looks into JSON, makes nested types of it, and compares what comes back with what was sent. Pure.
 */

import { type Column, sqlType } from '../../table/column.js';
import { comparable, type PathStep, type Shape, shapeAround, structureOf } from '../../table/shape.js';
import { converted } from '../engine/column-sql.js';
import { literal, quote } from '../engine/sql.js';

/** A column of a table whose values are JSON, or come from it. */
export interface JsonSource {
  /** Quoted. */
  readonly table: string;
  /** Its values as JSON. */
  readonly value: string;
  /** Its values as they were sent; null where they are no longer spelled so. */
  readonly text: string | null;
}

/** A column as something to look into. */
export function jsonSource(table: string, column: Column, stored: string): JsonSource {
  const name = quote(stored);
  if (column.shape !== undefined) return { table, value: `to_json(${name})`, text: null };
  if (!column.list) return { table, value: name, text: `${name}::VARCHAR` };
  // A list's own text quotes its elements in a way of its own.
  const elements = `list_transform(${name}, lambda x: coalesce(x::VARCHAR, 'null'))`;
  return {
    table,
    value: `to_json(${name})`,
    text: `'[' || coalesce(array_to_string(${elements}, ','), '') || ']'`,
  };
}

/** The same without lists of nothing, in which Xano sends objects of nothing. */
export function withoutEmptyLists({ table, value, text }: JsonSource): JsonSource {
  return { table, value: unlessEmptyList(value), text };
}

/** NULL for a list of nothing as Xano spells it, else the value. */
export function unlessEmptyList(value: string): string {
  return `CASE WHEN ${value}::VARCHAR = '[]' THEN NULL ELSE ${value} END`;
}

const TEXT_IN_JSON = '"(?:[^"\\\\]|\\\\.)*"';

/** A JSON text without its texts: `{"":1}`. */
const withoutTexts = (text: string): string => `regexp_replace(${text}, ${literal(TEXT_IN_JSON)}, '""', 'g')`;

/** With fewer brackets that open nothing can be nested deeper. */
const MANY_BRACKETS = 500;

/** Tells how deep the values are nested, where that is deeper than some hundred levels. */
export function depthSql({ table, text }: JsonSource): string {
  const brackets = (from: string): string => `regexp_replace(${from}, '[^\\[\\]{}]', '', 'g')`;
  const opened = `length(${text!}) - length(translate(${text!}, '[{', ''))`;
  // Each level takes two characters: most texts are too short for any of that.
  const long = `length(${text!}) > ${2 * MANY_BRACKETS} AND ${opened} > ${MANY_BRACKETS}`;
  const many = `SELECT row_number() OVER () AS n, ${brackets(withoutTexts(text!))} AS b FROM ${table} WHERE ${long}`;
  const each = `SELECT n, unnest(string_split(b, '')) AS c, generate_subscripts(string_split(b, ''), 1) AS i FROM (${many})`;
  return `SELECT coalesce(max(depth), 0)::DOUBLE AS depth FROM (SELECT sum(CASE WHEN c IN ('[', '{') THEN 1 ELSE -1 END) OVER (PARTITION BY n ORDER BY i) AS depth FROM (${each}))`;
}

const digitsOf = (number: string): string =>
  `trim(regexp_replace(regexp_replace(${number}, '[eE].*', ''), '[-.]', '', 'g'), '0')`;

/**
 * Counts numbers with a point or an exponent that DOUBLE does not hold, which DuckDB reads as the nearest
 * wherever it reads JSON, and whole numbers that not even HUGEINT holds, by which they could be compared.
 */
export function lostDigitsSql({ table, text }: JsonSource): string {
  const numbers = `regexp_extract_all(${withoutTexts(text!)}, '-?[0-9]+(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?')`;
  // Fifteen digits always survive, but for very large and very small numbers.
  const suspicious = `regexp_matches(${text!}, '[0-9.]{16}|[eE][-+]?[0-9]{3}')`;
  const each = `SELECT unnest(list_filter(${numbers}, lambda x: regexp_matches(x, '[.eE]|[0-9]{39}'))) AS number FROM ${table} WHERE ${suspicious}`;
  return `SELECT count(*)::DOUBLE AS n FROM (${each}) WHERE regexp_full_match(number, '-?[0-9]+') OR ${digitsOf('number')} IS DISTINCT FROM ${digitsOf('TRY_CAST(number AS DOUBLE)::VARCHAR')}`;
}

/**
 * Counts the objects at a place of the values that have a key twice: all else only ever sees one of the two.
 */
export function doubledKeysSql({ table, value }: JsonSource, path: readonly PathStep[]): string {
  let rows = `SELECT ${asShape(value, shapeAround(path))} AS e FROM ${table} WHERE ${value} IS NOT NULL`;
  let at = 'e';
  for (const step of path) {
    if (step !== null) at = `(${at}).${quote(step)}`;
    else [rows, at] = [`SELECT unnest(${at}) AS e FROM (${rows})`, 'e'];
  }
  return `SELECT count(*)::DOUBLE AS n FROM (SELECT json_keys(${at}) AS k FROM (${rows})) WHERE len(k) > list_unique(k)`;
}

/** Lists the different structures of the values in the order in which they come, no more than `most`. */
export function structuresSql({ table, value }: JsonSource, most: number): string {
  const each = `SELECT json_structure(${value})::VARCHAR AS structure, row_number() OVER () AS n FROM ${table} WHERE ${value} IS NOT NULL`;
  return `SELECT structure FROM (${each}) GROUP BY structure ORDER BY min(n) LIMIT ${most}`;
}

/** A JSON value in the type of a shape. */
export function asShape(value: string, shape: Shape): string {
  return `from_json(${value}, ${literal(structureOf(shape))})`;
}

/** A number in one spelling, whichever type it was read as. */
const NUMBER = `CASE WHEN regexp_full_match(atom::VARCHAR, '-?[0-9]+') THEN CASE atom::VARCHAR WHEN '-0' THEN '0' ELSE atom::VARCHAR END WHEN abs(TRY_CAST(atom::VARCHAR AS DOUBLE)) < 1e38 AND TRY_CAST(atom::VARCHAR AS DOUBLE) = trunc(TRY_CAST(atom::VARCHAR AS DOUBLE)) THEN TRY_CAST(TRY_CAST(atom::VARCHAR AS DOUBLE) AS HUGEINT)::VARCHAR ELSE coalesce(TRY_CAST(atom::VARCHAR AS DOUBLE)::VARCHAR, atom::VARCHAR) END`;

/**
 * Lists the paths at which values differ from what their shape gives back, as json_tree spells paths, with
 * `[*]` for every index, and how many values were looked at, no more than `most`. A key whose value is null
 * counts as one that is not there, and the order of keys does not count. Only what differs at first sight is
 * taken apart, since that takes a hundred times as long.
 */
export function differencesSql({ table, value }: JsonSource, shape: Shape, most: number): string {
  const read = `SELECT ${value} AS sent FROM ${table}`;
  const both = `SELECT sent, to_json(${asShape('sent', shape)}) AS back FROM (${read}) WHERE sent IS NOT NULL`;
  const [one, other] = ['sent', 'back'].map((json) => asShape(json, comparable(shape)));
  const unequal = `SELECT row_number() OVER () AS n, sent, back FROM (${both}) WHERE ${one} IS DISTINCT FROM ${other} LIMIT ${most}`;
  const what = `CASE WHEN type IN ('OBJECT', 'ARRAY') THEN type || coalesce(json_array_length("value"), 0) WHEN type IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE') THEN ${NUMBER} ELSE type || atom::VARCHAR END`;
  const parts = (which: string, sign: string): string =>
    `SELECT regexp_replace(fullkey, '\\[[0-9]+\\]', '[*]', 'g') AS path, ${sign}hash(n, fullkey, ${what})::HUGEINT AS part FROM unequal, json_tree(unequal.${which}) WHERE type <> 'NULL'`;
  const paths = `SELECT path FROM (${parts('sent', '')} UNION ALL ${parts('back', '-')}) GROUP BY path HAVING sum(part) <> 0 ORDER BY path LIMIT 100`;
  return `WITH unequal AS MATERIALIZED (${unequal}) SELECT count(*)::DOUBLE AS n, ARRAY(${paths}) AS paths FROM unequal`;
}

/**
 * A value of one column as another column keeps it, where one of the two has a shape; JSON and VARCHAR hold
 * everything as text.
 */
export function storedAs(input: string, from: Column, to: Column): string {
  const [before, after] = [sqlType(from), sqlType(to)];
  if (before === after) return input;
  const isPlain = from.type === 'JSON' && !from.list && from.shape === undefined;
  const value = isPlain ? input : `to_json(${input})`;
  if (to.shape !== undefined) return asShape(value, to.shape);
  if (from.shape !== undefined && to.type === 'JSON' && to.list) return asShape(value, { list: 'JSON' });
  return converted(input, before, after);
}
