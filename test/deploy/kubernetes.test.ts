/**
 * deploy/kubernetes: valid for Kubernetes, in agreement with xano's exit statuses, and played with processes.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ERRORS, startLocalXano } from '../../src/index.js';
import { shardOf } from '../../src/project/shard.js';
import { office, officeWorkspace } from '../fixtures/office.js';
import { describePostgres, newDatabase, rows } from '../servers/postgres.js';

const ROOT = join(import.meta.dirname, '..', '..');
const text = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly securityContext: object;
}
interface Rule {
  readonly action: string;
  readonly onExitCodes?: { readonly values: readonly number[] };
}
interface CronJob {
  readonly spec: {
    readonly concurrencyPolicy: string;
    readonly jobTemplate: {
      readonly spec: {
        readonly completions: number;
        readonly completionMode: string;
        readonly podFailurePolicy: { readonly rules: readonly Rule[] };
        readonly template: { readonly spec: { readonly containers: readonly Container[] } };
      };
    };
  };
}

const FILE = text('deploy', 'kubernetes', 'cronjob.yaml');
const cronjob = parse(FILE) as CronJob;
const { spec: job } = cronjob.spec.jobTemplate;
const [container] = job.template.spec.containers;

/**
 * Kubernetes' own schema. It allows every other field, and a server only warns of one: here it is a mistake.
 */
function strictSchema(): object {
  const schema = JSON.parse(text('test', 'fixtures', 'kubernetes', 'cronjob.schema.json')) as {
    $defs: Record<string, { properties?: object; additionalProperties?: unknown }>;
  };
  for (const one of Object.values(schema.$defs))
    if (one.properties !== undefined) one.additionalProperties ??= false;
  return schema;
}

it('the CronJob is valid for Kubernetes, and a mistyped field is not', () => {
  const isValid = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(strictSchema());
  expect([isValid(cronjob), isValid.errors]).toEqual([true, null]);
  for (const [from, to] of [
    ['backoffLimitPerIndex', 'backoffLimitPerIndexes'],
    ['completions: 20', 'completions: "20"'],
    ['readOnlyRootFilesystem', 'readonlyRootFilesystem'],
  ] as const)
    expect([to, isValid(parse(FILE.replace(from, to)))]).toEqual([to, false]);
});

it('the CronJob retries what another try may mend, and has one number of shards', () => {
  const statusesOf = (action: string): readonly number[] =>
    job.podFailurePolicy.rules.flatMap((rule) =>
      rule.action === action ? (rule.onExitCodes?.values ?? []) : [],
    );
  expect([statusesOf('FailIndex'), statusesOf('Count')]).toEqual([
    [1, 2, 4],
    [5, 6, 7, 130],
  ]);
  const exits = new Set<number>(Object.values(ERRORS).map(({ exit }) => exit));
  expect([...exits].toSorted((a, b) => a - b)).toEqual([1, 2, 4, 5, 6, 7, 130]);
  const shards = container?.env.find(({ name }) => name === 'XANO_SHARDS')?.value;
  expect([job.completionMode, cronjob.spec.concurrencyPolicy, shards]).toEqual([
    'Indexed',
    'Forbid',
    String(job.completions),
  ]);
});

it('the image is pinned, without a root user, and checks its health', () => {
  const lines = text('deploy', 'kubernetes', 'Dockerfile').split('\n');
  expect(lines.filter((line) => /^(FROM|USER) /.test(line))).toEqual([
    'FROM node:24.11.1-slim',
    'USER 10001:10001',
  ]);
  expect(lines.filter((line) => line.startsWith('HEALTHCHECK '))).toHaveLength(1);
  const { version } = JSON.parse(text('package.json')) as { version: string };
  expect(lines).toContain(`ARG VERSION=${version}`);
});

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a pod does. */
const pod = (argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> =>
  new Promise((done) => {
    const { PATH = '' } = process.env;
    const options = { env: { PATH, ...env }, cwd: env['HOME'] };
    execFile(
      process.execPath,
      [join(ROOT, 'dist', 'cli', 'main.js'), ...argv],
      options,
      (error, stdout, stderr) => done({ status: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

describePostgres('an Indexed Job', () => {
  it('loads each workspace once, in three processes, and only the shard of a wrong token fails', async () => {
    const names = ['acme', 'beta_co', 'gamma', 'xano_data'];
    const workspaces = names.map((name, at) => ({ ...officeWorkspace(), id: at + 1, name }));
    const xano = await startLocalXano({ instances: [office(workspaces)] });
    const folder = mkdtempSync(join(tmpdir(), 'xano-job-'));
    onTestFinished(async () => {
      await xano.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const list = join(folder, 'clients.yaml');
    const token = (name: string): string => (name === 'xano_data' ? 'WRONG' : 'TOKEN');
    writeFileSync(
      list,
      names.map((name) => `- { workspace: ${name}, token: '\${${token(name)}}' }\n`).join(''),
    );
    const url = await newDatabase();
    const env = {
      HOME: folder,
      XDG_STATE_HOME: folder,
      XANO_ACCOUNT_ORIGIN: xano.account_origin,
      TOKEN: xano.token,
      WRONG: 'a-token-that-xano-does-not-know-0123456789',
      XANO_SHARDS: '3',
    };
    const argv = ['load', '--workspaces', list, '--to', url, '--jitter', '1s', '--parallel', '2'];
    const pods = await Promise.all(
      ['0', '1', '2'].map((index) => pod(argv, { ...env, JOB_COMPLETION_INDEX: index })),
    );
    const loaded = ({ stdout }: Ended): string[] =>
      stdout
        .trim()
        .split('\n')
        .map((line) =>
          line
            .split('\t')
            .filter((_, at) => at !== 5)
            .join(' '),
        );
    expect(names.map((name) => shardOf(name, 3))).toEqual([0, 1, 0, 2]);
    expect(pods.map((one) => [one.status, loaded(one)])).toEqual([
      [0, ['acme 2 2 3 proved loaded', 'gamma 2 2 3 proved loaded']],
      [0, ['beta_co 2 2 3 proved loaded']],
      [4, ['xano_data 0 0 0 - failed TOKEN_REJECTED']],
    ]);
    expect(
      await rows(
        url,
        `SELECT target_schema AS dataset, count(DISTINCT load_id) AS loads FROM _xano.resources GROUP BY 1 ORDER BY 1`,
      ),
    ).toEqual([
      { dataset: 'acme', loads: '1' },
      { dataset: 'beta_co', loads: '1' },
      { dataset: 'gamma', loads: '1' },
    ]);
  });
});
