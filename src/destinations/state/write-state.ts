/** Writes the state: its tables, the row of a resource, load records, and limits of servers. */

import { XanoError } from '../../errors.js';
import type { LoadReport } from '../../events.js';
import type { Publication, ServerLimits, TargetPlan } from '../destination.js';
import type { Session } from '../engine/session.js';
import { jsonText, literal, quote } from '../engine/sql.js';
import type { StoredResource } from './contents.js';
import { STATE_VERSION, stateTables } from './ddl.js';
import { state, TARGET } from './names.js';
import { MOST_TEXT_BYTES } from './parse-state.js';
import { readVersion } from './state-schema.js';

/** Creates the `_xano` tables, and refuses those of a newer version. */
export async function prepareState(session: Session): Promise<void> {
  await session.run(stateTables(TARGET).join('; '));
  const [format] = await session.rows(`SELECT max(version) AS version FROM ${state('format')}`);
  assertVersion(format?.['version']);
}

/** Refuses a state of a newer version: this one may not understand it. */
export function assertVersion(stored: unknown): void {
  const version = readVersion(stored);
  if (version > STATE_VERSION)
    throw new XanoError(
      'DATABASE_FAILED',
      `A newer xano-connector wrote the destination (state version ${version}).`,
      {
        hint: 'Update xano-connector (npm install -g xano-connector@latest), or name another file with --to.',
      },
    );
}

/** What the state is to say of a published table. */
export interface ResourceRow {
  readonly resource: StoredResource;
  readonly plan: TargetPlan;
  readonly publication: Publication;
  /** The identities that the resource has, or had: their rows go. */
  readonly owners: readonly string[];
}

/** Statements that write the rows of resources, and delete those of the other owners of their tables. */
export function resourceStatements(rows: readonly ResourceRow[]): string[] {
  const owners = rows.flatMap((row) => row.owners).map(literal);
  const values = rows.map(storedValues);
  const names = Object.keys(values[0] ?? {}).map((name) => quote(name));
  const lists = values.map((row) => `(${Object.values(row).join(', ')})`);
  return [
    `DELETE FROM ${state('resources')} WHERE identity IN (${owners.join(', ')})`,
    `INSERT INTO ${state('resources')} (${names.join(', ')}) VALUES ${lists.join(', ')}`,
  ];
}

/** A row of a resource, as SQL. */
function storedValues({ resource, plan, publication }: ResourceRow): Readonly<Record<string, string>> {
  const json = (value: unknown): string => (value === null ? 'NULL' : literal(jsonText(value)));
  return {
    identity: literal(resource.identity),
    resource: literal(resource.resource),
    target_schema: literal(resource.schema),
    target_table: literal(resource.name),
    origin: json(resource.origin),
    columns: json(resource.columns),
    primary_key: `[${plan.target.primary_key.map(literal).join(', ')}]::VARCHAR[]`,
    rows: String(resource.rows),
    rows_expected: publication.rows_expected === null ? 'NULL' : String(publication.rows_expected),
    completeness: literal(publication.completeness),
    load_id: literal(plan.load_id),
    loaded_at: `${literal(publication.report.finished_at)}::TIMESTAMPTZ`,
    watermark: json(resource.watermark),
    staging_id: resource.staging_id === null ? 'NULL' : literal(resource.staging_id),
    flattened: json(resource.flattened),
    description: resource.description === null ? 'NULL' : literal(resource.description),
  };
}

/** Stores a load's report so far, and deletes all but the newest `keep` load records. */
export async function writeLoad(
  session: Session,
  report: LoadReport,
  status: LoadReport['status'] | 'running',
  keep: number,
): Promise<void> {
  const finished = status === 'running' ? 'NULL' : `${literal(report.finished_at)}::TIMESTAMPTZ`;
  const load_id = literal(report.load_id);
  // The new record counts and always stays, even if this computer's clock was set back.
  const older = `SELECT load_id FROM ${state('loads')} ORDER BY started_at DESC, load_id DESC OFFSET ${Math.trunc(keep) - 1}`;
  await session.run(
    [
      `DELETE FROM ${state('loads')} WHERE load_id = ${load_id}`,
      `DELETE FROM ${state('loads')} WHERE load_id IN (${older})`,
      `INSERT INTO ${state('loads')} VALUES (${load_id}, ${literal(report.started_at)}::TIMESTAMPTZ, ${finished}, ${literal(status)}, ${report.requests}, ${report.bytes}, ${literal(reportText(report))})`,
    ].join('; '),
  );
}

/**
 * A report as it is stored: without the names of columns if they would make it longer than the limit for
 * reading.
 */
function reportText(report: LoadReport): string {
  const text = jsonText(report);
  if (Buffer.byteLength(text) <= MOST_TEXT_BYTES) return text;
  const resources = report.resources.map((resource) => ({
    ...resource,
    schema_changes: [],
    columns_added: [],
  }));
  const shorter = jsonText({ ...report, resources });
  return Buffer.byteLength(shorter) <= MOST_TEXT_BYTES ? shorter : jsonText({ ...report, resources: [] });
}

/** Stores the limits of servers. */
export async function writeServerLimits(session: Session, { page_sizes }: ServerLimits): Promise<void> {
  for (const [url_template, size] of Object.entries(page_sizes)) {
    await session.run(`DELETE FROM ${state('servers')} WHERE url_template = ${literal(url_template)}`);
    await session.run(`INSERT INTO ${state('servers')} VALUES (${literal(url_template)}, ${size}, now())`);
  }
}
