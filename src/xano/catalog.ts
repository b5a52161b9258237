/**
 * Everything that a token can see: instances, workspaces, tables, API groups. Plain data; `xano discover
 * --json` prints it as it is.
 * This room knows what Xano's things mean, and sends no requests.
 * In: catalogs and OpenAPI documents.
 * Out: endpoint configs, column types, and the meaning of Xano's refusals.
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
  /** Whether Xano marks its values as sensitive; absent where the server does not say. */
  readonly sensitive?: true;
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
  /** Whether users log in with this table. */
  readonly auth: boolean;
  readonly updated_at: string | null;
  /** Null when the token may not see them. */
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
  /** Whether it requires a user's login. */
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
  /** Null when the token may not see them. */
  readonly endpoints: readonly Endpoint[] | null;
  /** The group's OpenAPI document, when it was requested and the token may see it. */
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

/** Everything that a name or an id may mean: exact names, else the id, else names in another case. */
export function findNamed<T extends { readonly id: number; readonly name: string }>(
  all: readonly T[],
  name: string,
): readonly T[] {
  const exact = all.filter((candidate) => candidate.name === name);
  if (exact.length > 0) return exact;
  const byId = all.filter((candidate) => String(candidate.id) === name);
  if (byId.length > 0) return byId;
  return all.filter((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
}
