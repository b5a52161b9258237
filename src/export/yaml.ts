/** Values as YAML, in the block style that people write; only the part of the language that exports need. */
import type { Json } from '../json.js';
import { quoted } from './exported.js';

/** Values that can be written. Members that are undefined are omitted. */
export type YamlValue = Json | readonly YamlValue[] | { readonly [name: string]: YamlValue | undefined };

/** A value as lines, without the indentation of its parent. */
export function yamlLines(value: YamlValue): string[] {
  if (isList(value)) {
    if (value.length === 0) return ['[]'];
    if (value.every((element) => typeof element !== 'object' || element === null))
      return [`[${value.map(scalar).join(', ')}]`];
    return value.flatMap((element) =>
      yamlLines(element).map((line, nth) => `${nth === 0 ? '- ' : '  '}${line}`),
    );
  }
  if (value === null || typeof value !== 'object') return [scalar(value)];
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  if (members.length === 0) return ['{}'];
  return members.flatMap(([name, member]) => {
    const lines = yamlLines(member!);
    const key = scalar(name);
    const isInline =
      typeof member !== 'object' || member === null || (lines.length === 1 && /^[[{]/.test(lines[0]!));
    return isInline ? [`${key}: ${lines[0]}`] : [`${key}:`, ...lines.map((line) => `  ${line}`)];
  });
}

/** Unquoted where no YAML reader could misread it. */
function scalar(value: YamlValue): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain =
    /^[A-Za-z_][A-Za-z0-9_]*$/.test(value) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(value);
  return isPlain ? value : quoted(value);
}

// TypeScript does not narrow readonly arrays by Array.isArray.
function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}
