/**
 * What both peers take: their Python, the shop at a desk with somebody logged in, and values that can be
 * compared.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Column, sqlType } from '../../src/index.js';
import { SHOP_PASSWORD } from '../../src/sandbox/data/shop-rows.js';
import { type Desk, openDesk, rowsOfFile } from '../cli/terminal.js';

/** The environment of the peers. */
export const VENV = join(import.meta.dirname, '.venv');
const PYTHON = join(VENV, 'bin/python');

/** The shop, and what runs Python beside it. */
export interface Peer {
  readonly desk: Desk;
  /** Runs a Python file that finds the tokens in its environment. Throws what it says when it fails. */
  readonly python: (...args: readonly string[]) => Promise<void>;
}

/** Opens the shop; whoever reads API groups there is logged in. */
export async function openPeer(): Promise<Peer> {
  const desk = await openDesk();
  const login = await fetch(`${desk.xano.instances[0]!.origin}/api:Bbi3Wu6V/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password: SHOP_PASSWORD }),
  });
  const { authToken } = (await login.json()) as { authToken: string };
  const env = {
    PATH: process.env['PATH'],
    HOME: desk.path('home'),
    DLT_DATA_DIR: desk.path('dlt'),
    RUNTIME__DLTHUB_TELEMETRY: 'false',
    PYTHONDONTWRITEBYTECODE: '1',
    XANO_TOKEN: desk.xano.token,
    XANO_API_TOKEN: authToken,
  };
  return {
    desk: {
      ...desk,
      run: (argv, given) =>
        desk.run(argv, { ...given, env: { XANO_API_TOKEN: authToken, XANO_WORKSPACE: 'Shop' } }),
    },
    python: async (...args) => {
      await promisify(execFile)(PYTHON, args, { cwd: desk.folder, env, maxBuffer: 2 ** 26 });
    },
  };
}

/** A name in SQL. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Which of its columns is called what in a table of the peer. */
export interface SameTable {
  readonly ours: string;
  readonly theirs: string;
  readonly columns: readonly (Column & { readonly their_name: string; readonly our_name: string })[];
}

/**
 * Every value of a table, ours and theirs, as text that is the same for the same value: times as
 * milliseconds, lists by our type, JSON without the spelling of its numbers. Both by the column `id`.
 */
export async function valuesOf(
  table: SameTable,
  our_file: string,
  their_file: string,
  isTime: 'times' | 'milliseconds',
): Promise<{ readonly ours: unknown[][]; readonly theirs: unknown[][] }> {
  const read = async (file: string, from: string, texts: readonly string[]): Promise<unknown[][]> => {
    const named = texts.map((text, nth) => `${text} AS c${nth}`).join(', ');
    const rows = await rowsOfFile(file, `SELECT ${named} FROM ${from} ORDER BY id::VARCHAR`);
    return rows.map((row) =>
      row.map((value, nth) => {
        const isJson = table.columns[nth]!.type === 'JSON';
        return isJson && typeof value === 'string' ? JSON.parse(value) : value;
      }),
    );
  };
  return {
    ours: await read(our_file, table.ours, table.columns.map(ourText)),
    theirs: await read(
      their_file,
      table.theirs,
      table.columns.map((column) => theirText(column, isTime)),
    ),
  };
}

function ourText({ our_name, type, list }: SameTable['columns'][number]): string {
  const name = quote(our_name);
  if (type === 'TIMESTAMPTZ')
    return list ? `list_transform(${name}, lambda t: epoch_ms(t))::VARCHAR` : `epoch_ms(${name})::VARCHAR`;
  if (type === 'JSON') return `to_json(${name})::VARCHAR`;
  // Python takes the number -0 for the whole number 0, which has no sign.
  if (type === 'DOUBLE')
    return list ? `list_transform(${name}, lambda x: x + 0.0)::VARCHAR` : `(${name} + 0.0)::VARCHAR`;
  // The sign that dlt gets for a NUL, which it cannot write.
  return type === 'VARCHAR' && !list ? `replace(${name}, chr(0), '\u2400')` : `${name}::VARCHAR`;
}

function theirText(column: SameTable['columns'][number], isTime: 'times' | 'milliseconds'): string {
  const name = quote(column.their_name);
  if (column.type === 'JSON') return `to_json(${name})::VARCHAR`;
  if (column.type === 'TIMESTAMPTZ') {
    if (column.list) return `CAST(${name} AS BIGINT[])::VARCHAR`;
    return isTime === 'times' ? `epoch_ms(${name})::VARCHAR` : `${name}::VARCHAR`;
  }
  return column.list ? `CAST(${name} AS ${sqlType(column)})::VARCHAR` : `${name}::VARCHAR`;
}
