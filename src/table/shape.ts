/** The shapes of JSON values, and the nested DuckDB types that hold them. Pure. */
import { foldName } from '../names.js';

/** A simple value. `NULL`: only null was seen; `JSON`: no other type holds the values exactly. */
export type ShapeLeaf = 'NULL' | 'BOOLEAN' | 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'JSON';

/** The shape of the values at one JSON path, over all rows. */
export type Shape =
  | ShapeLeaf
  | { readonly list: Shape }
  | { readonly fields: readonly { readonly name: string; readonly shape: Shape }[] };

/**
 * Receives the path of a value that stays JSON, and the reason: `items[].price`, or an empty path for the
 * complete value.
 */
export type SayLeft = (path: string, reason: string) => void;

/** An object with more keys than this is a map: its keys are data. */
const MOST_FIELDS = 200;

const LEAVES: Readonly<Record<string, ShapeLeaf>> = {
  NULL: 'NULL',
  BOOLEAN: 'BOOLEAN',
  BIGINT: 'BIGINT',
  // Numbers beyond BIGINT are detected later, when values are compared with the ones read back.
  UBIGINT: 'BIGINT',
  DOUBLE: 'DOUBLE',
  VARCHAR: 'VARCHAR',
};

/** Parses the result of DuckDB's json_structure. */
export function readStructure(text: string): Shape {
  return read(JSON.parse(text));
}

function read(given: unknown): Shape {
  // DuckDB also returns JSON for objects without keys and lists of several kinds.
  if (typeof given === 'string') return LEAVES[given] ?? 'JSON';
  if (Array.isArray(given)) return { list: read(given[0]) };
  const fields = Object.entries(given as object).map(([name, inner]) => ({ name, shape: read(inner) }));
  return { fields };
}

/** The shape that holds the values of both: all fields of either, and JSON where their kinds differ. */
export function mergeShapes(a: Shape, b: Shape, say: SayLeft, path = ''): Shape {
  if (a === 'NULL' || a === b) return b;
  if (b === 'NULL') return a;
  if (a === 'JSON' || b === 'JSON') return 'JSON';
  if (typeof a === 'string' || typeof b === 'string') {
    if (isNumber(a) && isNumber(b)) return 'DOUBLE';
    return mixed(a, b, say, path);
  }
  if ('list' in a && 'list' in b) return { list: mergeShapes(a.list, b.list, say, `${path}[]`) };
  if ('list' in a || 'list' in b) return mixed(a, b, say, path);
  const also = new Map(b.fields.map(({ name, shape }) => [name, shape]));
  const fields = a.fields.map(({ name, shape }) => {
    const more = also.get(name);
    also.delete(name);
    const merged = more === undefined ? shape : mergeShapes(shape, more, say, within(path, name));
    return { name, shape: merged };
  });
  return { fields: [...fields, ...[...also].map(([name, shape]) => ({ name, shape }))] };
}

const isNumber = (shape: Shape): boolean => shape === 'BIGINT' || shape === 'DOUBLE';

const within = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function mixed(a: Shape, b: Shape, say: SayLeft, path: string): Shape {
  say(path, `it is sometimes ${kindOf(a)} and sometimes ${kindOf(b)}`);
  return 'JSON';
}

function kindOf(shape: Shape): string {
  if (typeof shape !== 'string') return 'list' in shape ? 'a list' : 'an object';
  return shape === 'VARCHAR' ? 'a text' : shape === 'BOOLEAN' ? 'true or false' : 'a number';
}

/**
 * The shape without objects that no STRUCT holds: maps, and those with keys that DuckDB cannot tell apart or
 * spell.
 */
export function structable(shape: Shape, say: SayLeft, path = ''): Shape {
  if (typeof shape === 'string') return shape;
  if ('list' in shape) return { list: structable(shape.list, say, `${path}[]`) };
  const { fields } = shape;
  const reason =
    fields.length > MOST_FIELDS
      ? `it has more than ${MOST_FIELDS} different keys`
      : new Set(fields.map(({ name }) => foldName(name))).size < fields.length
        ? 'it has keys that differ only in upper and lower case'
        : fields.some(({ name }) => name === '' || name.includes('\0'))
          ? 'it has a key that is empty or holds a NUL'
          : undefined;
  if (reason !== undefined) {
    say(path, reason);
    return 'JSON';
  }
  return {
    fields: fields.map(({ name, shape: inner }) => ({
      name,
      shape: structable(inner, say, within(path, name)),
    })),
  };
}

/**
 * The shape with JSON at a path of DuckDB's json_tree (`$.items[*].price`, without the `$`), since values
 * there do not come back as sent; where JSON there does not help, with JSON around it.
 */
export function leaveAsJson(shape: Shape, path: string, say: SayLeft): Shape {
  return leaveAt(shape, path, say, '') ?? 'JSON';
}

function leaveAt(shape: Shape, path: string, say: SayLeft, at: string): Shape | undefined {
  if (shape === 'JSON') return undefined;
  const here = (): Shape => {
    say(at, lossIn(shape));
    return 'JSON';
  };
  if (typeof shape === 'string' || path === '') return here();
  if ('list' in shape) {
    const list = path.startsWith('[*]') ? leaveAt(shape.list, path.slice(3), say, `${at}[]`) : undefined;
    return list === undefined ? here() : { list };
  }
  const field = shape.fields
    .filter(({ name }) => startsWithKey(path, name))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
  const inner =
    field && leaveAt(field.shape, path.slice(1 + pathOf(field.name).length), say, within(at, field.name));
  if (field === undefined || inner === undefined) return here();
  return { fields: shape.fields.map((member) => (member === field ? { ...member, shape: inner } : member)) };
}

/** json_tree does not quote keys, and what looks like an index is none in the paths that are told. */
const pathOf = (name: string): string => name.replace(/\[\d+\]/g, '[*]');

function startsWithKey(path: string, name: string): boolean {
  const key = `.${pathOf(name)}`;
  return path.startsWith(key) && (path.length === key.length || /[.[]/.test(path.charAt(key.length)));
}

function lossIn(shape: Shape): string {
  if (isNumber(shape)) return 'it holds numbers with more digits than BIGINT and DOUBLE can store';
  return typeof shape === 'string'
    ? `${shape} does not preserve it exactly`
    : 'no STRUCT preserves it exactly';
}

/** Whether a shape is more than JSON: it has fields, or a list of a known type. */
export function isNested(shape: Shape): boolean {
  if (typeof shape === 'string') return false;
  return 'fields' in shape || isNested(shape.list) || (shape.list !== 'NULL' && shape.list !== 'JSON');
}

/** The path of every part of a shape that is JSON. */
export function jsonPlaces(shape: Shape, path = ''): string[] {
  if (typeof shape === 'string') return shape === 'JSON' ? [path] : [];
  if ('list' in shape) return jsonPlaces(shape.list, `${path}[]`);
  return shape.fields.flatMap(({ name, shape: inner }) => jsonPlaces(inner, within(path, name)));
}

/**
 * The type in DuckDB's syntax: `STRUCT("sku" VARCHAR, "n" BIGINT)[]`. A part that was only null becomes JSON.
 */
export function shapeType(shape: Shape): string {
  if (typeof shape === 'string') return shape === 'NULL' ? 'JSON' : shape;
  if ('list' in shape) return `${shapeType(shape.list)}[]`;
  const fields = shape.fields.map(
    ({ name, shape: inner }) => `"${name.replaceAll('"', '""')}" ${shapeType(inner)}`,
  );
  return `STRUCT(${fields.join(', ')})`;
}

/** A key, or null for the elements of a list. */
export type PathStep = string | null;

/** The paths of all objects of a shape, the outer ones first. */
export function objectPaths(shape: Shape, path: readonly PathStep[] = []): (readonly PathStep[])[] {
  if (typeof shape === 'string') return [];
  if ('list' in shape) return objectPaths(shape.list, [...path, null]);
  return [path, ...shape.fields.flatMap(({ name, shape: inner }) => objectPaths(inner, [...path, name]))];
}

/** The smallest shape with JSON at the end of a path. */
export function shapeAround([step, ...rest]: readonly PathStep[]): Shape {
  if (step === undefined) return 'JSON';
  const inner = shapeAround(rest);
  return step === null ? { list: inner } : { fields: [{ name: step, shape: inner }] };
}

/** The shape with JSON at the end of a path. */
export function withJsonAt(shape: Shape, path: readonly PathStep[], say: SayLeft, at = ''): Shape {
  const [step, ...rest] = path;
  if (step === undefined) {
    say(at, 'it has a duplicate key');
    return 'JSON';
  }
  if (typeof shape === 'string') return shape;
  if ('list' in shape) return { list: withJsonAt(shape.list, rest, say, `${at}[]`) };
  return {
    fields: shape.fields.map(({ name, shape: inner }) => ({
      name,
      shape: name === step ? withJsonAt(inner, rest, say, within(at, name)) : inner,
    })),
  };
}

/**
 * The shape in which values are compared: simple ones as JSON, as they are spelled, but numbers that may be
 * spelled in two ways (1 and 1.0) as the whole numbers next to them, since the fractions among them are known
 * to be such as DOUBLE holds.
 */
export function comparable(shape: Shape): Shape {
  // Only for the comparison: no column has this type.
  if (typeof shape === 'string') return shape === 'DOUBLE' ? ('HUGEINT' as 'DOUBLE') : 'JSON';
  if ('list' in shape) return { list: comparable(shape.list) };
  return { fields: shape.fields.map(({ name, shape: inner }) => ({ name, shape: comparable(inner) })) };
}

/** The shape in the format of DuckDB's from_json. */
export function structureOf(shape: Shape): string {
  if (typeof shape === 'string') return JSON.stringify(shape === 'NULL' ? 'JSON' : shape);
  if ('list' in shape) return `[${structureOf(shape.list)}]`;
  return `{${shape.fields.map(({ name, shape: inner }) => `${JSON.stringify(name)}:${structureOf(inner)}`).join(',')}}`;
}
