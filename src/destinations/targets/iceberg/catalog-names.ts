/** Names of datasets and tables as names that every Iceberg catalog takes. Pure. */
import { createHash } from 'node:crypto';

/** The namespace for load records, rejected values and limits of servers. */
export const STATE_NAMESPACE = 'xano_state';

/** The names that Amazon S3 Tables takes, the strictest catalog: lower case, digits and `_`, 255 at most. */
const PLAIN = /^[a-z0-9]([a-z0-9_]{0,198}[a-z0-9])?$/;
const KEPT_LENGTH = 100;

/**
 * The name of a table in a catalog: in lower case, as DuckDB compares names. One with other characters is
 * what is left of it, and a digest of all of it.
 */
export function tableNameOf(name: string): string {
  const lower = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (PLAIN.test(lower)) return lower;
  const words = lower.split(/[^a-z0-9]/).filter((word) => word !== '');
  const left = words.join('_').slice(0, KEPT_LENGTH) || 'table';
  const digest = createHash('sha256').update(lower).digest('hex').slice(0, 10);
  return `${left}_${digest}`;
}

/** The namespace for state, and names that DuckDB does not take for a namespace (1.5.5). */
const RESERVED: readonly string[] = [
  STATE_NAMESPACE,
  'main',
  'temp',
  'system',
  'information_schema',
  'pg_catalog',
];

/** The namespace of a dataset. */
export function namespaceOf(schema: string): string {
  const name = tableNameOf(schema);
  return RESERVED.includes(name) ? tableNameOf(` ${name}`) : name;
}
