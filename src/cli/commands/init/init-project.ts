/** The files of a new project, as `xano init` plans them. */
import { amended, readConfig, type WriteDisposition, XanoError } from '../../../index.js';
import type { PlannedFile } from '../../../init/plan-files.js';
import { type Part, SCHEDULED_PARTS } from '../../../init/project/parts.js';
import { planProjectFiles } from '../../../init/project/plan-project-files.js';
import { A_DAY, factsOf, type Machine, NIGHTLY } from '../../../init/project/project-facts.js';
import { type ProjectAnswers, projectText } from '../../../init/project/project-text.js';
import { type ProjectSettings, projectSchema } from '../../../project/project-schema.js';
import { readProject } from '../../../project/read-project.js';
import { localTimezone } from '../../../schedule/cron-times.js';
import type { Schedule } from '../../../schedule/schedule-schema.js';
import { nameOfFolder } from '../../../schedule/scheduled-load.js';
import { VERSION } from '../../../session/version.js';
import type { Context } from '../../context.js';
import type { Duration } from '../../deadline.js';

/** The options of `xano init` that a project is made of. */
export interface ProjectInitFlags {
  readonly to: string;
  readonly tables?: readonly string[];
  readonly exclude?: readonly string[];
  readonly workspace?: string;
  readonly profile?: string;
  readonly instance?: string;
  readonly dataSource?: string;
  readonly dataset?: string;
  readonly writeDisposition?: WriteDisposition;
  readonly incremental?: string;
  readonly mask?: readonly string[];
  readonly maxAge?: Duration;
  readonly schedule?: string;
  readonly with?: readonly Part[];
}

/** A planned project. */
export interface PlannedProject {
  readonly files: readonly PlannedFile[];
  /** The first destination, as the file names it. */
  readonly to: string;
  /** Variables of the environment that a load needs. */
  readonly variables: readonly string[];
  readonly schedule: Schedule | undefined;
}

/** The answers that flags give. */
export function answersOf(flags: ProjectInitFlags): ProjectAnswers {
  const needsSchedule = (flags.with ?? []).some((part) => SCHEDULED_PARTS.includes(part));
  const schedule = flags.schedule ?? (needsSchedule ? NIGHTLY : undefined);
  return {
    profile: flags.profile,
    instance: flags.instance,
    workspace: flags.workspace,
    data_source: flags.dataSource,
    destination: flags.to,
    dataset: flags.dataset,
    write_disposition: flags.writeDisposition,
    incremental: flags.incremental,
    max_age: flags.maxAge?.text ?? (schedule === undefined || schedule === NIGHTLY ? A_DAY : undefined),
    schedule,
    tables: flags.tables ?? [],
    exclude_tables: flags.exclude ?? [],
    masks: flags.mask ?? [],
  };
}

/**
 * Plans the files of a project in a folder that exists. A project that is there stays, and the other files
 * follow it. Throws USAGE for answers that make no valid project, and CONFIG_INVALID for a file that is
 * there.
 */
export function planProject(
  folder: string,
  answers: ProjectAnswers,
  parts: readonly Part[],
  isAnswered: boolean,
  context: Context,
): PlannedProject {
  const existing = readProject(undefined, folder);
  const text = existing === undefined ? projectText(answers) : undefined;
  const settings = existing?.settings ?? settingsIn(text ?? '');
  const facts = factsOf(
    settings,
    machineOf(existing?.name ?? settings.name ?? nameOfFolder(folder), folder, context),
  );
  const [first] = Object.values(settings.destinations ?? {});
  return {
    files: planProjectFiles(facts, text, parts, isAnswered),
    to: first ?? settings.destination ?? answers.destination,
    variables: facts.variables,
    schedule: settings.schedule,
  };
}

/** What the text says, read as every command reads it. */
function settingsIn(text: string): ProjectSettings {
  try {
    return readConfig(text, 'xano.yaml', projectSchema).project ?? {};
  } catch (thrown) {
    if (!(thrown instanceof XanoError)) throw thrown;
    const said = thrown.details.length === 0 ? thrown.message : thrown.details.join(' ');
    const reason = said.replace(/^xano\.yaml is not valid\. /, '').replace(/Line \d+: project\./g, '');
    throw amended(new XanoError('USAGE', `These options make no project: ${reason}`), {
      hint: 'Correct them; docs/project.md lists what each takes.',
      cause: thrown,
    });
  }
}

function machineOf(name: string, folder: string, { program }: Context): Machine {
  const command = program ?? ['/usr/bin/env', 'npx', '--yes', `xano-connector@${VERSION}`];
  return { name, folder, version: VERSION, program: command, timezone: localTimezone() };
}
