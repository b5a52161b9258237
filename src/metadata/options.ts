/** What is to be discovered, and what is found before anything is read. */
import type { SecretRef } from '../rest/config/secret-ref.js';
import type { Http } from '../rest/http/client.js';
import type { RequestContext } from '../rest/http/messages.js';
import type { Workspace } from '../xano/catalog.js';
import type { InstanceEntry } from './client.js';

/** What is to be discovered. */
export interface DiscoverOptions {
  readonly http: Http;
  readonly token: SecretRef;
  readonly sender?: RequestContext;
  readonly account_origin?: string | undefined;
  /** A name of the Account API, or an origin: then the Account API is not asked. */
  readonly instance?: string | undefined;
  /** Id or name. */
  readonly workspace?: string | undefined;
  /** Exactly one workspace is wanted: USAGE with the list where several could be meant. */
  readonly one_workspace?: boolean;
  /** Asked which workspace is meant where one is wanted and several could be: instead of USAGE. */
  readonly choose?: Choose | undefined;
  readonly tables?: boolean;
  readonly api_groups?: boolean;
  /** The branch whose API groups are meant; the live one unless named. Tables have no branches. */
  readonly branch?: string | undefined;
  /** The OpenAPI document of each API group, too. */
  readonly openapi?: boolean;
  /** Count the rows of each table: one request a table. */
  readonly counts?: boolean;
  readonly data_source?: string | undefined;
}

/** A workspace before anything in it is known. */
export type WorkspaceEntry = Pick<Workspace, 'id' | 'name' | 'description' | 'branch'>;

/** An instance and its workspaces, or those of them that are meant. */
export interface Found {
  readonly instance: InstanceEntry;
  readonly workspaces: readonly WorkspaceEntry[];
}

/** Says which of several workspaces is meant, by asking somebody. What it throws ends discovering. */
export type Choose = (found: readonly Found[]) => Promise<Found>;
