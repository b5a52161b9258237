/** A workflow of GitHub Actions that loads on a schedule. Pure. */
import type { ProjectFacts } from './project-facts.js';

/** Actions by the commit of a release: a tag can be moved. */
const ACTIONS = {
  checkout: 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2',
  node: 'actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0',
  restore: 'actions/cache/restore@5a3ec84eff668545956fd18022155c47e93e2684 # v4.2.3',
  save: 'actions/cache/save@5a3ec84eff668545956fd18022155c47e93e2684 # v4.2.3',
  upload: 'actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2',
} as const;

/** What the workflow writes into the summary of its run: a table in Markdown. */
const SUMMARY_SQL = `SELECT '| ' || target_schema || '.' || target_table || ' | ' || "rows" || ' | ' || completeness || ' | ' || strftime(loaded_at, '%Y-%m-%d %H:%M') || ' |' FROM _xano.resources ORDER BY ALL`;

/** The workflow. GitHub goes by UTC, whatever the time zone of the project. */
export function githubWorkflow(facts: ProjectFacts): string {
  const { name, schedule, variables, version, patterns } = facts;
  const xano = `npx --yes xano-connector@${version}`;
  const paths = patterns.map((pattern) => `            ${pattern}`);
  return `# Loads the project on GitHub; set ${variables.join(', ')} in Settings, Secrets. Times are UTC. The copy stays in the cache, which is not a backup.
name: xano ${name}
on:
  schedule:
    - cron: '${schedule.cron}'
  workflow_dispatch:
permissions:
  contents: read
concurrency:
  group: xano-${name}
  cancel-in-progress: false
jobs:
  load:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    env:
${variables.map((variable) => `      ${variable}: \${{ secrets.${variable} }}`).join('\n')}
    steps:
      - uses: ${ACTIONS.checkout}
        with:
          persist-credentials: false
      - uses: ${ACTIONS.node}
        with:
          node-version: 24
${cacheSteps('restore', name, paths)}      - name: Load
        run: ${xano} load --log-file load.jsonl --max-duration 50m
      - name: Summary
        if: always()
        run: |
          echo '| table | rows | completeness | loaded (UTC) |' >> "$GITHUB_STEP_SUMMARY"
          echo '|---|---:|---|---|' >> "$GITHUB_STEP_SUMMARY"
          ${xano} query "$SUMMARY" >> "$GITHUB_STEP_SUMMARY"
        env:
          SUMMARY: >-
            ${SUMMARY_SQL}
${cacheSteps('save', name, paths)}      - uses: ${ACTIONS.upload}
        if: always()
        with:
          name: xano-log
          path: load.jsonl
          retention-days: 14
`;
}

/** A cache is written once: each run saves its own, and the next one restores the newest. */
function cacheSteps(step: 'restore' | 'save', name: string, paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const lines = [
    `      - uses: ${ACTIONS[step]}`,
    ...(step === 'save' ? ['        if: always()'] : []),
    '        with:',
    `          key: xano-${name}-\${{ github.run_id }}-\${{ github.run_attempt }}`,
    ...(step === 'restore' ? [`          restore-keys: xano-${name}-`] : []),
    '          path: |',
    ...paths,
    '',
  ];
  return lines.join('\n');
}
