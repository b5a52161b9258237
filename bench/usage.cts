/**
 * Loaded into a measured Node process before its program: writes what the process used to the file that
 * BENCH_USAGE names, as it ends. Where BENCH_STATEMENTS is set, it counts the statements that DuckDB runs.
 */
import fs = require('node:fs');

import nodeModule = require('node:module');

/** Every text that was given to DuckDB. */
const given: string[] = [];

if (process.env['BENCH_STATEMENTS'] !== undefined) {
  // The program is one bundle, but for DuckDB's own code: that can only be replaced as a whole.
  const { resolve } = nodeModule.createRequire(require.resolve('@duckdb/node-api'));
  const id = resolve('@duckdb/node-bindings');
  const bindings = require(id) as { readonly query: (connection: unknown, sql: string) => unknown };
  const query = (connection: unknown, sql: string): unknown => {
    given.push(sql);
    return bindings.query(connection, sql);
  };
  require.cache[id]!.exports = Object.create(bindings, { query: { value: query } });
}

/** Statements in a text: what stands between semicolons outside of quotes. */
function statementsIn(sql: string): number {
  const bare = sql.replaceAll(/'[^']*'|"[^"]*"/g, 'x');
  return bare.split(';').filter((part) => part.trim() !== '').length;
}

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const statements = given.length === 0 ? null : given.reduce((sum, sql) => sum + statementsIn(sql), 0);
  const used = {
    cpu_s: (userCPUTime + systemCPUTime) / 1e6,
    rss_mb: maxRSS / 1024,
    statements,
  };
  fs.writeFileSync(process.env['BENCH_USAGE']!, JSON.stringify(used));
});
