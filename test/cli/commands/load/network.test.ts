import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CERTIFICATE, serveProxy, serveTls } from '../../../rest/http/tls.js';
import { rowsOfFile } from '../../terminal.js';

const PROGRAM = resolve(import.meta.dirname, '../../../../dist/cli/main.js');

/** Loads with a config of its own, as a process of its own: what Node trusts is settled when it starts. */
async function load(config: string, env: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'xano-network-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'xano.yaml'), config);
  const argv = ['load', '--endpoints', 'xano.yaml', '--to', 'x.duckdb', '--debug'];
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, XANO_CONFIG_DIR: join(folder, 'settings'), ...env },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const status = await new Promise<number | null>((done) => child.once('close', done));
  return { status, stderr, rows: (sql: string) => rowsOfFile(join(folder, 'x.duckdb'), sql) };
}

/** A list of three pages, behind a login. */
const shop = () =>
  serveTls(({ method, url = '' }) => {
    if (method === 'POST') return { token: 'T0K3N' };
    const page = Number(new URL(url, 'https://x').searchParams.get('page') ?? 1);
    return {
      items: [{ id: page }],
      next: page < 3 ? `http://api.example.invalid/v1/c?page=${page + 1}` : null,
    };
  });

const CONFIG = `
client:
  base_url: https://api.example.invalid/v1
  auth:
    type: login
    url: https://api.example.invalid/v1/login
    body: { password: "\${PASSWORD}" }
    token_path: token
resources:
  - { name: c, path: c, primary_key: id, data_selector: items, pagination: { type: json_link, next_url_path: next } }
`;

describe('a load in the network of a company', () => {
  it('goes through its proxy with its certificate: the login, and all pages, whose links say http', async () => {
    const { port, urls } = await shop();
    const proxy = await serveProxy({ to: port });
    const result = await load(CONFIG, {
      PASSWORD: 'hunter22',
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      NO_PROXY: 'localhost',
      NODE_EXTRA_CA_CERTS: CERTIFICATE,
    });
    expect([result.status, result.stderr]).toEqual([0, '']);
    expect(await result.rows('SELECT count(*)::INT FROM c')).toEqual([[3]]);
    expect(urls.slice(0, 4)).toEqual(['POST /v1/login', 'GET /v1/c', 'GET /v1/c?page=2', 'GET /v1/c?page=3']);
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT api.example.invalid:443']));
  });

  it('names the proxy that refuses it, in the error and with --debug, without its password', async () => {
    const proxy = await serveProxy({ status: 407 });
    const place = `127.0.0.1:${proxy.port}`;
    const result = await load(CONFIG, { PASSWORD: 'hunter22', HTTPS_PROXY: `http://me:S3CR3T@${place}` });
    expect(result.status).toBe(5);
    expect(result.stderr).toContain(
      `the proxy ${place} (HTTPS_PROXY) refused the connection with status 407`,
    );
    expect(result.stderr).not.toContain('S3CR3T');
  });
});
