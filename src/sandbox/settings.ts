/** How strict, how old and how fast a local Xano is. */

/** What a local Xano can be told about its behaviour; everything has a default. */
export interface Settings {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * For each instance's Metadata API and API groups together; none by default. Xano's free plan: 10 per
   * 20,000 ms.
   */
  readonly rate_limit: { readonly requests: number; readonly per_ms: number } | null;
  /** Content pages larger than this are refused; Xano's own maximum is not documented. */
  readonly max_per_page: number;
  /** Where set, larger content pages are silently made this size instead. */
  readonly clamp_per_page: number | null;
  /**
   * Pages of other listings (workspaces, tables, API groups, …) larger than this are refused with 400. Xano's
   * own maximum is 10,000.
   */
  readonly max_list_per_page: number;
  /** Where set, larger pages of those listings are silently made this size instead. */
  readonly clamp_list_per_page: number | null;
  /** Waited before each answer, in milliseconds. */
  readonly latency_ms: number;
  /** `GET …/table`: today's envelope, the specification's array around it, or 2023's bare array. */
  readonly table_list: 'envelope' | 'array_of_envelopes' | 'array';
  /** Whether tables carry `schema` and `index`; older servers want `/schema` and `/index` asked. */
  readonly embed_schema: boolean;
  /** Whether `POST …/content/search` exists. */
  readonly search: boolean;
  /** Whether `>` and its like work on uuid columns: nobody has documented it. */
  readonly uuid_comparison: boolean;
  /**
   * Which conditions of content search match no row and draw no error, by the column's type and the operator
   * (`uuid`, `>`). None by default.
   */
  readonly empty_comparison: ((type: string, operator: string) => boolean) | null;
  /** Whether rows come with counts: without, `itemsTotal` and `pageTotal` are missing. */
  readonly totals: boolean;
  /**
   * Whether the lists of tables and API groups need Database and Api scopes, as specifications before 2026
   * say.
   */
  readonly strict_lists: boolean;
  /** Which rows of a history come first. A capture shows the newest; nobody documents it. */
  readonly history_order: 'newest' | 'oldest';
}

/** Today's Xano, without limits. */
export const DEFAULT_SETTINGS: Settings = {
  now: Date.now,
  rate_limit: null,
  max_per_page: 10_000,
  clamp_per_page: null,
  max_list_per_page: 10_000,
  clamp_list_per_page: null,
  latency_ms: 0,
  table_list: 'envelope',
  embed_schema: true,
  search: true,
  uuid_comparison: true,
  empty_comparison: null,
  totals: true,
  strict_lists: false,
  history_order: 'newest',
};
