/** Asks on the terminal what a new project loads, and when. */
import { printable } from '../../../hidden-characters.js';
import { type Found, type Table, XanoError } from '../../../index.js';
import { A_DAY, NIGHTLY } from '../../../init/project/project-facts.js';
import type { ProjectAnswers } from '../../../init/project/project-text.js';
import { workspaceCatalog } from '../../../session/catalog.js';
import { connect } from '../../../session/connect.js';
import type { Context } from '../../context.js';
import { askOne, askSome, askText, askWorkspace } from '../../input/ask.js';
import { notifyOn } from '../../output/notes.js';
import type { Printer } from '../../output/output.js';
import { counted } from '../../output/text.js';
import { warnOfOmissions } from '../../output/warnings.js';

const LEFT = 'Nothing was written.';

/** When a load may run, and how old a table may then become. */
const TIMES = [
  { label: 'every night at 03:15', schedule: NIGHTLY, max_age: A_DAY },
  { label: 'every hour', schedule: '15 * * * *', max_age: '2h' },
  { label: 'only when I start it', schedule: undefined, max_age: undefined },
] as const;

/**
 * Asks. `answers`: what flags and defaults say. Throws INTERRUPTED when the user cancels, and what asking
 * Xano throws.
 */
export async function askProject(
  answers: ProjectAnswers,
  context: Context,
  printer: Printer,
): Promise<ProjectAnswers> {
  const source = await askSource(context, printer);
  const destination = await askText('Load into which file or folder?', answers.destination, context, LEFT);
  const choices = TIMES.map(({ label }, value) => ({ value, label }));
  const { schedule, max_age } = TIMES[await askOne('Load when?', choices, context, LEFT)] ?? TIMES[0];
  return { ...answers, ...source, destination, schedule, max_age };
}

/** The workspace and its tables; nothing where no token is known yet. */
async function askSource(
  context: Context,
  printer: Printer,
): Promise<Pick<ProjectAnswers, 'instance' | 'workspace' | 'tables'> | undefined> {
  try {
    const notify = notifyOn(printer);
    const choose = (listed: readonly Found[]): Promise<Found> => askWorkspace(listed, context, LEFT);
    const connection = await connect({}, context, { notify, choose });
    const catalog = await workspaceCatalog(connection, notify, { api_groups: false });
    warnOfOmissions(catalog.omitted, printer);
    const [instance] = catalog.instances;
    const [workspace] = instance?.workspaces ?? [];
    if (instance === undefined || workspace === undefined) return undefined;
    const tables = await askTables(workspace.tables, workspace.name, context);
    return { instance: connection.instance ?? instance.name, workspace: workspace.name, tables };
  } catch (thrown) {
    if (!(thrown instanceof XanoError) || thrown.code !== 'TOKEN_MISSING') throw thrown;
    printer.note('No token is known yet, so the file names no workspace: add it after `xano auth login`.');
    return undefined;
  }
}

/** The names of the ticked tables; empty for all, so that later ones are loaded as well. */
async function askTables(tables: readonly Table[], workspace: string, context: Context): Promise<string[]> {
  if (tables.length === 0) return [];
  const choices = tables.map(({ id, name }) => ({ value: id, label: name }));
  const title = printable(`${workspace}: ${counted(tables.length, 'table')}. Which ones? (a: all or none)`);
  const chosen = await askSome(title, choices, context, LEFT);
  return chosen.length === tables.length
    ? []
    : tables.flatMap(({ id, name }) => (chosen.includes(id) ? [name] : []));
}
