// The MCP server over HTTP on loopback, for the conformance suite, which speaks nothing else; users start it over stdio. It serves the
// build in dist/. Argument: the loaded file. Prints its address, and ends with its input.
import { serve } from '@hono/node-server';
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
} from '@modelcontextprotocol/server';
import { createServers } from '../../dist/mcp/serve-mcp.js';

const stop = new AbortController();
const { make } = await createServers({
  env: {},
  home: '',
  cwd: process.cwd(),
  now: Date.now,
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  alarm: (ms, ring) => {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
  signal: stop.signal,
  options: { to: process.argv[2], allow_load: true, dataset: 'xano_data', tables: [], exclude: [] },
});
const handler = createMcpHandler(make);
const answer = (request) =>
  hostHeaderValidationResponse(request, localhostAllowedHostnames()) ?? handler.fetch(request);
const server = serve({ fetch: answer, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}/mcp`),
);
process.stdin.resume();
process.stdin.once('end', () => {
  stop.abort();
  server.close();
});
