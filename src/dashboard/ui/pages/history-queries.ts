/**
 * The queries of the History page: docs/query.md has the same ones. DuckDB and Postgres both run them. Pure.
 */

/** One question, and its SQL. */
export interface HistoryQuery {
  readonly title: string;
  readonly sql: string;
}

/** The queries on a table of requests, whose name is quoted where it needs to be. */
export const historyQueries = (table: string): readonly HistoryQuery[] => [
  {
    title: 'Requests an hour',
    sql: `SELECT date_trunc('hour', created_at) AS hour, count(*) AS requests
FROM ${table}
GROUP BY 1 ORDER BY 1 DESC LIMIT 168`,
  },
  {
    title: 'Slowest endpoints, in milliseconds',
    sql: `SELECT verb || ' ' || regexp_replace(regexp_replace(uri, '^https?://[^/]+|[?].*$', '', 'g'), '/[0-9]+(/|$)', '/*\\1', 'g') AS endpoint,
  CAST(percentile_cont(0.95) WITHIN GROUP (ORDER BY duration) * 1000 AS BIGINT) AS ms_95_percent, count(*) AS requests
FROM ${table}
GROUP BY 1 ORDER BY 2 DESC LIMIT 20`,
  },
  {
    title: 'Errors a day',
    sql: `SELECT CAST(created_at AS DATE) AS day, count(*) FILTER (WHERE status >= 500) AS failed,
  count(*) FILTER (WHERE status BETWEEN 400 AND 499) AS refused
FROM ${table}
GROUP BY 1 ORDER BY 1 DESC LIMIT 90`,
  },
];
