/** Values in Python's syntax. */
import { quoted } from './exported.js';

const CODE: unique symbol = Symbol('Python code');

/** A Python expression: a name, or a call. */
export interface Code {
  readonly [CODE]: string;
  readonly args?: readonly PythonValue[];
  readonly named?: Readonly<Record<string, PythonValue | undefined>>;
}

/** Values that a Python literal can hold. Members that are undefined are omitted. */
export type PythonValue =
  | string
  | number
  | boolean
  | null
  | Code
  | readonly PythonValue[]
  | { readonly [name: string]: PythonValue | undefined };

const LINE_LENGTH = 100;

/** A name, or another expression. */
export function code(text: string): Code {
  return { [CODE]: text };
}

/** A call; keyword arguments that are undefined are omitted. */
export function call(
  name: string,
  args: readonly PythonValue[],
  named: Readonly<Record<string, PythonValue | undefined>> = {},
): Code {
  return { [CODE]: name, args, named };
}

/** A value as Python, on as many lines as it takes, the later ones indented by so many spaces. */
export function pythonText(value: PythonValue, indent = 0): string {
  if (leastLength(value, LINE_LENGTH) <= LINE_LENGTH) {
    const flat = written(value, (parts, open, close) => `${open}${parts.map(inline).join(', ')}${close}`);
    if (indent + flat.length <= LINE_LENGTH) return flat;
  }
  const inner = ' '.repeat(indent + 4);
  return written(value, (parts, open, close) => {
    const lines = parts.map(([name, part]) => `\n${inner}${name}${pythonText(part, indent + 4)},`);
    return `${open}${lines.join('')}\n${' '.repeat(indent)}${close}`;
  });
}

/**
 * The least length of a value on one line, counted up to about `most`: without that limit, a long text would
 * be formatted again for each level around it.
 */
function leastLength(value: PythonValue, most: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  const members = isCode(value)
    ? [value[CODE], ...(value.args ?? []), ...Object.values(value.named ?? {})]
    : Object.values<PythonValue | undefined>(value);
  let length = 0;
  for (const member of members) {
    if (length > most) break;
    if (member !== undefined) length += leastLength(member, most - length);
  }
  return length;
}

type Members = readonly (readonly [name: string, value: PythonValue])[];

function inline([name, value]: Members[number]): string {
  return name + written(value, (parts, open, close) => `${open}${parts.map(inline).join(', ')}${close}`);
}

/** A value; the caller joins the parts within brackets. */
function written(
  value: PythonValue,
  around: (members: Members, open: string, close: string) => string,
): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (isList(value)) return value.length === 0 ? '[]' : around(unnamed(value), '[', ']');
  if (isCode(value)) {
    const { [CODE]: text, args, named = {} } = value;
    if (args === undefined) return text;
    const members = [...unnamed(args), ...given(named, (name) => `${name}=`)];
    return members.length === 0 ? `${text}()` : around(members, `${text}(`, ')');
  }
  const members = given(value, (name) => `${quoted(name)}: `);
  return members.length === 0 ? '{}' : around(members, '{', '}');
}

const unnamed = (values: readonly PythonValue[]): Members => values.map((value) => ['', value]);

function given(
  values: { readonly [name: string]: PythonValue | undefined },
  written: (name: string) => string,
): Members {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[written(name), value] as const],
  );
}

// TypeScript does not narrow readonly arrays by Array.isArray.
function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

function isCode(value: object): value is Code {
  return CODE in value;
}
