/** `xano check --pii`: which columns look personal, and the options that protect them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  asXanoError,
  type EndpointConfig,
  ERRORS,
  endsEverything,
  type PersonalColumn,
  personalColumns,
  resolveEndpoint,
  type StoredProtection,
  sampleRows,
  storedProtection,
  type Workspace,
} from '../../../index.js';
import { connect } from '../../../session/connect.js';
import { chooseContent } from '../../../session/tables/choose-content.js';
import { workspaceEndpoints } from '../../../session/tables/choose-tables.js';
import type { Context } from '../../context.js';
import { frontEnd } from '../../input/front-end.js';
import type { XanoFlags } from '../../input/options.js';
import { sayWaits } from '../../output/notes.js';
import type { Printer } from '../../output/output.js';
import { type PersonalFinding, type Protection, printPersonal } from './print-personal.js';

/** The options of `xano check --pii` as given. */
export interface PersonalFlags extends XanoFlags {
  readonly strict?: boolean;
  readonly to?: string;
  readonly exclude?: readonly string[];
  readonly mask?: readonly string[];
}

/** Looks at the tables, prints what looks personal, and returns the exit status. */
export async function checkPersonal(
  names: readonly string[],
  flags: PersonalFlags,
  context: Context,
  printer: Printer,
): Promise<number> {
  const front = frontEnd(flags, context, printer);
  const connection = await connect(flags, context, front);
  const { endpoints, workspace } = await workspaceEndpoints(
    connection,
    names,
    { api_groups: false },
    front.notify,
  );
  const chosen = chooseContent(endpoints, { exclude: flags.exclude, mask: flags.mask });
  const stored = await storedSoFar(endpoints, flags, context);
  const findings: PersonalFinding[] = [];
  for (const [i, endpoint] of endpoints.entries()) {
    const sample = await sampleOf(endpoint, connection.http, printer);
    const fields = fieldsOf(endpoint, workspace);
    for (const column of personalColumns({ endpoint, fields, sample }))
      findings.push({ ...column, protected: protectionOf(column, endpoint, chosen[i]!, stored) });
  }
  const open = findings.filter((one) => one.protected === null);
  if (flags.json === true) printer.json({ columns: findings });
  else printPersonal(findings, endpoints, printer);
  return flags.strict === true && open.some(({ sure }) => sure !== 'low') ? ERRORS.LOAD_PARTIAL.exit : 0;
}

const fieldsOf = ({ origin }: EndpointConfig, { tables }: Workspace) =>
  tables.find(({ id }) => id === origin?.['table_id'])?.columns ?? null;

/** Rows of the first page; none, with a warning, where Xano refuses them. */
async function sampleOf(
  endpoint: EndpointConfig,
  http: Parameters<typeof sampleRows>[1],
  printer: Printer,
): ReturnType<typeof sampleRows> {
  const sender = { on_wait: sayWaits(printer) };
  try {
    const { endpoint: resolved } = await resolveEndpoint(endpoint, http, sender);
    return await sampleRows(resolved, http, sender);
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (endsEverything(error) || error.code === 'BUG') throw error;
    printer.warn(`${endpoint.name}: judged by names and types alone: ${error.message}`);
    return [];
  }
}

/** What earlier loads did; nothing where no destination is named and the default one does not exist. */
async function storedSoFar(
  endpoints: readonly EndpointConfig[],
  { to }: PersonalFlags,
  { cwd }: Context,
): Promise<readonly StoredProtection[]> {
  if (to === undefined && !existsSync(join(cwd, 'xano.duckdb'))) return [];
  try {
    return await storedProtection(endpoints, to ?? 'xano.duckdb');
  } catch (thrown) {
    if (to !== undefined) throw thrown;
    return [];
  }
}

/** A column that several destinations' tables have is protected where each of them protects it. */
function protectionOf(
  { column, table }: PersonalColumn,
  before: EndpointConfig,
  after: EndpointConfig,
  stored: readonly StoredProtection[],
): Protection | null {
  const isLeftOut = (endpoint: EndpointConfig): boolean => endpoint.excluded.includes(column);
  if (isLeftOut(after) && !isLeftOut(before)) return { by: 'option', how: 'excluded' };
  const mask = after.columns?.find(({ name }) => name === column)?.mask;
  if (mask !== undefined) return { by: 'option', how: mask };
  const ways = stored
    .filter(({ resource }) => resource === table)
    .map(({ columns }) => (Object.hasOwn(columns, column) ? columns[column]! : 'excluded'));
  const [first] = ways;
  return first == null || ways.some((way) => way === null) ? null : { by: 'load', how: first };
}
