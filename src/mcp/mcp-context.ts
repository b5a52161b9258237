/** What the MCP server gets from the command line: streams, the environment, and the options of its start. */
import type { Readable, Writable } from 'node:stream';
import type { PlaceOptions } from '../index.js';
import type { SessionContext, SessionFlags } from '../session/context.js';

/** The options of the start. A client cannot change them. */
export interface McpOptions extends SessionFlags {
  /** The loaded target, as `--to` names it. */
  readonly to: string;
  /** Whether the server offers `xano_load`. */
  readonly allow_load: boolean;
  /** The schema that it loads into. */
  readonly dataset: string;
  /** The only tables that a client sees; empty for all. */
  readonly tables: readonly string[];
  /** Tables that no client sees. */
  readonly exclude: readonly string[];
  /** Older tables are stale where a call names no other age. Milliseconds. */
  readonly max_age_ms?: number | undefined;
  /** Where DuckDB's extensions are, and where rows are staged. */
  readonly place?: Partial<PlaceOptions>;
}

/** Everything that the server may access. */
export interface McpContext extends SessionContext {
  readonly options: McpOptions;
  /** Calls a function once after this time. Returns the way to cancel it. */
  readonly alarm: (ms: number, ring: () => void) => () => void;
  /** Frees unused memory now. */
  readonly collectGarbage?: (() => void) | undefined;
}

/** The connection to one client. */
export interface McpStreams {
  /** The client's messages. */
  readonly input: Readable;
  /** The answers; nothing else is written there. */
  readonly output: Writable;
}
