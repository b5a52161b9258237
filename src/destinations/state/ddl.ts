/** The tables of the state, in this version's form. */
import { quote } from '../engine/sql.js';

/** The version of the `_xano` tables that this program writes. */
export const STATE_VERSION = 1;

/** The tables that describe loads, in schema `_xano`. Each statement may be run again. */
export function stateTables(database: string): string[] {
  const at = (table: string): string => quote(database, '_xano', table);
  return [
    `CREATE SCHEMA IF NOT EXISTS ${quote(database, '_xano')}`,
    `CREATE TABLE IF NOT EXISTS ${at('format')} (version INTEGER)`,
    `INSERT INTO ${at('format')} SELECT ${STATE_VERSION} WHERE NOT EXISTS (FROM ${at('format')})`,
    `CREATE TABLE IF NOT EXISTS ${at('loads')} (load_id VARCHAR, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ, status VARCHAR, requests BIGINT, bytes BIGINT, report JSON)`,
    `CREATE TABLE IF NOT EXISTS ${at('resources')} (identity VARCHAR, resource VARCHAR, target_schema VARCHAR, target_table VARCHAR, origin JSON, columns JSON, primary_key VARCHAR[], rows BIGINT, rows_expected BIGINT, completeness VARCHAR, load_id VARCHAR, loaded_at TIMESTAMPTZ, watermark JSON, staging_id VARCHAR, flattened JSON, description VARCHAR)`,
    `CREATE TABLE IF NOT EXISTS ${at('servers')} (url_template VARCHAR, page_size BIGINT, learned_at TIMESTAMPTZ)`,
    `CREATE TABLE IF NOT EXISTS ${at('rejects')} (identity VARCHAR, resource VARCHAR, row_key VARCHAR, "column" VARCHAR, raw VARCHAR, reason VARCHAR, load_id VARCHAR)`,
  ];
}
