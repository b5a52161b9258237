/**
 * What there is behind a token: instances, workspaces, tables, API groups. Plain data; `xano discover --json`
 * prints it as it is.
 *
 * The room knows what Xano's things mean, and asks nobody. In come catalogs and OpenAPI documents; out go
 * endpoint configs, column types, and what Xano's refusals mean.
 */
import type { ErrorCode } from '../errors.js';
import type { JsonObject } from '../json.js';

/** One field of a table, or one input of an endpoint. */
export interface Field {
  readonly name: string;
  /** Xano's own word: `int`, `text`, `timestamp`, … An open set. */
  readonly type: string;
  readonly description: string;
  readonly nullable: boolean;
  readonly required: boolean;
  /** `internal` fields are missing from rows. */
  readonly access: string;
  readonly style: 'single' | 'list';
  /** The table that this field refers to. */
  readonly tableref_id?: number;
  /** The values an enum may have. */
  readonly values?: readonly string[];
  /** How many numbers a vector has. */
  readonly vector_size?: number;
  readonly children?: readonly Field[];
}

/** One index of a table. */
export interface Index {
  readonly type: string;
  readonly fields: readonly string[];
}

/** One table. */
export interface Table {
  readonly id: number;
  readonly guid: string | null;
  readonly name: string;
  readonly description: string;
  /** Whether this is the table that users log in with. */
  readonly auth: boolean;
  readonly updated_at: string | null;
  /** Null when they may not be seen. */
  readonly columns: readonly Field[] | null;
  readonly indexes: readonly Index[] | null;
  /** Counted only on request. */
  readonly rows?: number;
}

/** One endpoint of an API group. */
export interface Endpoint {
  readonly id: number;
  readonly verb: string;
  /** `tasks/{task_id}`: without a slash in front. */
  readonly path: string;
  readonly description: string;
  /** Whether it asks for a user's login. */
  readonly auth: boolean;
  readonly inputs: readonly Field[];
}

/** One API group. */
export interface ApiGroup {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly canonical: string;
  readonly branch: string | null;
  readonly base_url: string;
  /** Null when they may not be seen. */
  readonly endpoints: readonly Endpoint[] | null;
  /** The group's OpenAPI document, when it was asked for and may be seen. */
  readonly openapi?: JsonObject;
}

/** One workspace. */
export interface Workspace {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly branch: string | null;
  readonly tables: readonly Table[];
  readonly api_groups: readonly ApiGroup[];
}

/** One instance. */
export interface Instance {
  readonly name: string;
  readonly display: string;
  readonly origin: string;
  /** Base of its Metadata API, as the Account API gives it. */
  readonly meta_api: string;
  readonly workspaces: readonly Workspace[];
}

/** Something that could not be listed, and why. */
export interface Omission {
  readonly instance: string;
  readonly workspace: string | null;
  /** What is missing: `workspaces`, `tables`, `columns of "orders"`, … */
  readonly what: string;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** Everything discovered with one token. */
export interface Catalog {
  readonly instances: readonly Instance[];
  readonly omitted: readonly Omission[];
}

/**
 * Everything that a person may mean by a name or an id: exact names, else the id, else names in another case.
 */
export function findNamed<T extends { readonly id: number; readonly name: string }>(
  all: readonly T[],
  name: string,
): readonly T[] {
  const exact = all.filter((one) => one.name === name);
  if (exact.length > 0) return exact;
  const byId = all.filter((one) => String(one.id) === name);
  if (byId.length > 0) return byId;
  return all.filter((one) => one.name.toLowerCase() === name.toLowerCase());
}
