/** What the name of a DuckLake means: where its catalog is, and where its files. Pure but for paths. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { XanoError } from '../../../errors.js';
import { didYouMean } from '../../../names.js';
import { parseUrl } from '../../../parse-url.js';
import { type PostgresAddress, parsePostgresUrl } from '../postgres/wire/address.js';

/** A catalog in a file on this computer: one machine loads into it. */
export interface FileCatalog {
  readonly type: 'duckdb' | 'sqlite';
  readonly file: string;
}

/** A catalog in a schema of a Postgres database: many machines load into it. */
export interface PostgresCatalog {
  readonly type: 'postgres';
  readonly address: PostgresAddress;
  /** The schema that holds the tables of the catalog. */
  readonly schema: string;
}

/** A DuckLake by its name. */
export interface Lake {
  /** The whole name, without a password. */
  readonly label: string;
  readonly catalog: FileCatalog | PostgresCatalog;
  /** Where its Parquet files are: a folder, or `s3://bucket/prefix/`. Ends in a slash. */
  readonly data: string;
  /** Whether the name says where the files are. */
  readonly names_data: boolean;
}

const HINT =
  'Name one of: ducklake:shop.ducklake, ducklake:sqlite:shop.sqlite, "ducklake:postgres://host/db?schema=lake&data=s3://bucket/prefix/".';

const refusal = (message: string, hint = HINT): XanoError => new XanoError('USAGE', message, { hint });

/** Whether a lake's files are in a bucket. */
export const isInBucket = ({ data }: Pick<Lake, 'data'>): boolean => data.startsWith('s3://');

/** How people call a lake, by what follows `ducklake:` in its name. Throws USAGE. */
export const lakeLabel = (name: string): string => parseLake(name).label;

/** Whether the catalog of a lake may exist: one in Postgres may always. Throws USAGE. */
export function mayExist(name: string): boolean {
  const { catalog } = parseLake(name);
  return catalog.type === 'postgres' || existsSync(catalog.file);
}

/** Whether several loaders may write to a lake: its catalog is in Postgres. Throws USAGE. */
export const isSharedLake = (name: string): boolean => parseLake(name).catalog.type === 'postgres';

/** Reads what follows `ducklake:`. Throws USAGE. */
export function parseLake(name: string): Lake {
  if (/^postgres(ql)?:\/\//i.test(name)) return postgresLake(name);
  const sqlite = /^sqlite:(.*)$/is.exec(name)?.[1];
  const path = sqlite ?? name;
  // One letter is a drive of Windows.
  const scheme = /^([a-z][a-z0-9+]+):/i.exec(path)?.[1];
  if (scheme !== undefined)
    throw refusal(`"ducklake:${scheme}:" is not a catalog that xano-connector can use.`);
  const at = path.indexOf('?');
  const given = at < 0 ? path : path.slice(0, at);
  const parameters = parametersOf(new URLSearchParams(at < 0 ? '' : path.slice(at + 1)), ['data']);
  if (given === '' || /[\\/]$/.test(given))
    throw refusal(`"ducklake:${name}" names no file; expected the file of a catalog.`);
  const file = resolve(given);
  const data = parameters.get('data');
  return {
    label: `ducklake:${name}`,
    catalog: { type: sqlite === undefined ? 'duckdb' : 'sqlite', file },
    data: data === undefined ? `${file}.files/` : dataPath(data),
    names_data: data !== undefined,
  };
}

/** Reads the address of a catalog in Postgres: the parameters of the lake, then those of any address. */
function postgresLake(name: string): Lake {
  const url = parseUrl(name);
  const own = new URLSearchParams();
  for (const parameter of ['schema', 'data', 'json'])
    for (const value of url?.searchParams.getAll(parameter) ?? []) own.append(parameter, value);
  const parameters = parametersOf(own, ['schema', 'data']);
  for (const parameter of ['schema', 'data']) url?.searchParams.delete(parameter);
  const address = parsePostgresUrl(url?.href ?? name);
  const data = parameters.get('data');
  if (data === undefined)
    throw refusal(
      'A DuckLake with its catalog in Postgres needs the place of its files: data=s3://bucket/prefix/.',
    );
  const schema = parameters.get('schema') ?? 'public';
  const at = dataPath(data);
  return {
    label: `ducklake:${address.label}?schema=${schema}&data=${data}`,
    catalog: { type: 'postgres', address, schema },
    data: at,
    names_data: true,
  };
}

/** Parameters by name. Throws USAGE for one that is not known, is empty, or comes twice. */
function parametersOf(given: URLSearchParams, known: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of given) {
    if (!known.includes(name))
      throw refusal(
        `A DuckLake has no parameter "${name}"${didYouMean(known, name)}`,
        `Use only: ${known.join(', ')}.`,
      );
    if (value === '' || found.has(name))
      throw refusal(
        `The parameter "${name}" is ${value === '' ? 'empty' : 'given twice'}.`,
        `Give it one value: ${name}=….`,
      );
    found.set(name, value);
  }
  return found;
}

/** Where files are to be, with a slash at its end. Throws USAGE for a place that DuckDB cannot write to. */
function dataPath(given: string): string {
  const scheme = /^([a-z][a-z0-9+]+):/i.exec(given)?.[1]?.toLowerCase();
  if (scheme === undefined) return `${resolve(given)}/`;
  if (!/^s3:\/\/[^/?#]+(\/[^?#]*)?$/.test(given))
    throw refusal(
      `The files of a DuckLake cannot be at "${given}"; expected a folder, or s3://bucket/prefix/.`,
      'For R2 and Google Cloud Storage write s3:// as well, and set AWS_ENDPOINT_URL.',
    );
  return given.endsWith('/') ? given : `${given}/`;
}
