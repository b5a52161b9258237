/** The files of a new project: what each would hold, or why it stays as it is. Writes nothing. */
import { XanoError } from '../../errors.js';
import { mergeLines } from '../merge-section.js';
import type { Merge } from '../merged.js';
import { type PlannedFile, planInto, type WantedFile } from '../plan-files.js';
import { dbtFiles, evidenceFiles } from './analytics-files.js';
import { composeFile, DOCKERIGNORE, dockerfile } from './docker-files.js';
import { githubWorkflow } from './github-workflow.js';
import type { Part, TIMERS } from './parts.js';
import { PARTS } from './parts.js';
import type { ProjectFacts } from './project-facts.js';
import { envExample, ignoredLines, readmePage } from './project-pages.js';
import { type TimerFile, timerFiles } from './timer-files.js';

interface PartFiles {
  /** What it is, for the page of the project and for the report. */
  readonly about: string;
  readonly files: (facts: ProjectFacts) => readonly TimerFile[];
}

const timer = (of: (typeof TIMERS)[number], about: string): PartFiles => ({
  about,
  files: (facts) => timerFiles(of, facts),
});

const MAKERS: Readonly<Record<Part, PartFiles>> = {
  github: {
    about: 'loads on GitHub: .github/workflows/xano.yml',
    files: (facts) => [{ file: '.github/workflows/xano.yml', text: githubWorkflow(facts) }],
  },
  docker: {
    about: 'loads in a container: Dockerfile, compose.yaml',
    files: (facts) => [
      { file: 'Dockerfile', text: dockerfile(facts) },
      { file: '.dockerignore', text: DOCKERIGNORE },
      { file: 'compose.yaml', text: composeFile(facts) },
    ],
  },
  systemd: timer('systemd', 'loads by a systemd user timer: deploy/'),
  launchd: timer('launchd', 'loads by launchd on a Mac: deploy/'),
  cron: timer('cron', 'loads by cron: deploy/crontab'),
  'task-scheduler': timer('task-scheduler', 'loads by the Task Scheduler of Windows: deploy/'),
  dbt: {
    about: 'models of dbt on the copy: dbt/',
    files: (facts) => dbtFiles(facts, duckdbFile(facts, 'dbt')),
  },
  evidence: {
    about: 'pages of Evidence on the copy: evidence/',
    files: (facts) => evidenceFiles(facts, duckdbFile(facts, 'evidence')),
  },
};

function duckdbFile({ file }: ProjectFacts, part: Part): string {
  if (file !== undefined) return file;
  throw new XanoError('USAGE', `--with ${part} needs a DuckDB file as the first destination.`, {
    hint: 'Name one: --to shop.duckdb.',
  });
}

/**
 * Plans the files: `text` is xano.yaml, undefined where the folder has a project. `isAnswered`: options say
 * what a project loads, which one that is there does not follow. Files that exist stay, but for .gitignore,
 * which gets lines. Throws USAGE for a part that this project cannot have.
 */
export function planProjectFiles(
  facts: ProjectFacts,
  text: string | undefined,
  parts: readonly Part[],
  isAnswered: boolean,
): PlannedFile[] {
  const chosen = PARTS.filter((part) => parts.includes(part)).map((part) => MAKERS[part]);
  const wanted: WantedFile[] = [
    { file: 'xano.yaml', holds: 'the project', merge: text === undefined ? kept(isAnswered) : newFile(text) },
    { file: '.env.example', holds: 'variables without values', merge: newFile(envExample(facts)) },
    {
      file: '.gitignore',
      holds: 'rules for secrets and data',
      merge: mergeLines('# Secrets and loaded data', ignoredLines(facts)),
    },
    {
      file: 'README.md',
      holds: 'how to use it',
      merge: newFile(
        readmePage(
          facts,
          chosen.map(({ about }) => about),
        ),
      ),
    },
    ...chosen.flatMap(({ about, files }) =>
      files(facts).map((one) => ({ file: one.file, holds: about.split(':')[0]!, merge: newFile(one.text) })),
    ),
  ];
  const planned = new Map<string, PlannedFile>();
  planInto(planned, facts.folder, wanted);
  return [...planned.values()];
}

const kept =
  (isAnswered: boolean): Merge =>
  () =>
    isAnswered
      ? { action: 'left', reason: 'is a project already; edit it to change what it loads' }
      : { action: 'unchanged' };

/** A file that is written once: a person may have changed it since. */
const newFile =
  (wanted: string): Merge =>
  (text) => {
    if (text === undefined) return { action: 'write', text: wanted };
    return text === wanted
      ? { action: 'unchanged' }
      : { action: 'left', reason: 'has other contents; it stays as it is' };
  };
