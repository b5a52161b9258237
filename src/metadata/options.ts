/** The options of discovering, and the choices before anything is read. */
import type { SecretRef } from '../rest/config/secret-ref.js';
import type { Http } from '../rest/http/client.js';
import type { RequestContext } from '../rest/http/messages.js';
import type { Workspace } from '../xano/catalog.js';
import type { InstanceEntry } from './client.js';

/** The options of discovering. */
export interface DiscoverOptions {
  readonly http: Http;
  readonly token: SecretRef;
  readonly sender?: RequestContext;
  readonly account_origin?: string | undefined;
  /** A name of the Account API, or an origin: then no request goes to the Account API. */
  readonly instance?: string | undefined;
  /** Id or name. */
  readonly workspace?: string | undefined;
  /** Exactly one workspace is wanted: throws USAGE with the list of several candidates. */
  readonly one_workspace?: boolean;
  /** Chooses one of several candidates, instead of USAGE. */
  readonly choose?: Choose | undefined;
  readonly tables?: boolean;
  /** Where the token may not list tables: only these, each asked for by its id. */
  readonly table_ids?: readonly number[] | undefined;
  readonly api_groups?: boolean;
  /** The branch of the API groups; the live one by default. Tables have no branches. */
  readonly branch?: string | undefined;
  /** Request the OpenAPI document of each API group as well. */
  readonly openapi?: boolean;
  /** Count the rows of each table: one request a table. */
  readonly counts?: boolean;
  readonly data_source?: string | undefined;
}

/** A workspace as listed, without its contents. */
export type WorkspaceEntry = Pick<Workspace, 'id' | 'name' | 'description' | 'branch'>;

/** An instance and its workspaces, or the chosen ones. */
export interface Found {
  readonly instance: InstanceEntry;
  readonly workspaces: readonly WorkspaceEntry[];
}

/** Chooses one of several workspaces, by asking the user. Its errors end discovering. */
export type Choose = (workspaces: readonly Found[]) => Promise<Found>;
