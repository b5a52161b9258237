/**
 * `xano verify`: compares a loaded destination with Xano now.
 * In: a loaded destination, and a connection.
 * Out: a line a table, the rows that differ, and the exit status that they mean.
 */
import { Command, Option } from 'commander';
import type { EndpointConfig, VerifyReport } from '../../../index.js';
import type { Connection } from '../../../session/connect.js';
import type { Context, Finish } from '../../context.js';
import { parseWhole } from '../../input/numbers.js';
import {
  withOutputOptions,
  withTokenOptions,
  withWorkspaceOptions,
  type XanoFlags,
} from '../../input/options.js';
import { type PlaceFlags, placeOptions, withPlaceOptions } from '../../input/place-options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import type { Printer } from '../../output/output.js';

interface VerifyFlags extends XanoFlags, PlaceFlags {
  readonly to: string;
  readonly dataset?: string;
  readonly endpoints?: string;
  readonly where?: readonly string[];
  readonly values: number;
  readonly seed?: number;
}

/** Makes `xano verify`. */
export function verifyCommand(context: Context, finish: Finish): Command {
  const command = new Command('verify')
    .description('compare a loaded destination with Xano now: same, behind or wrong; loads nothing')
    .argument('[name...]', 'tables by name or id; default all that were loaded');
  withWorkspaceOptions(command)
    .addOption(
      new Option('--endpoints <file>', 'compare with the lists in this file (YAML or JSON)').conflicts([
        'instance',
        'workspace',
        'dataSource',
        'where',
      ]),
    )
    .option('--where <condition...>', 'the conditions of the load, if one is on a masked column')
    .optionsGroup(HEADINGS.destination)
    .option(
      '--to <destination>',
      'compare a DuckDB file, a folder (out/), s3://…, ducklake:…, iceberg:… or postgres://…',
      'xano.duckdb',
    )
    .option('--dataset <schema>', 'compare only the tables of this schema');
  withPlaceOptions(command)
    .optionsGroup(HEADINGS.run)
    .option(
      '--values <n>',
      'compare the values of n random rows a table, and of one random range',
      parseWhole('--values', 0, 10_000),
      0,
    )
    .option('--seed <n>', 'choose the same rows again', parseWhole('--seed', 0, 2 ** 31 - 1));
  withTokenOptions(command)
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print the comparison as JSON')
    .action(async (names: string[], flags: VerifyFlags) => finish(await verifyTables(names, flags, context)));
  return withManual(withOutputOptions(command), {
    about:
      'xano counts rows by ranges of keys on both sides, and reads only the ranges that differ. Masks, excluded columns, conditions and limits are those of the load. A row that came or changed after the load began is behind, not wrong.',
    examples: [
      ['xano verify', 'count the rows of every loaded table'],
      ['xano verify --values 100', 'compare values as well'],
      ['xano verify orders --values 100 --seed 7', 'compare the same rows again'],
      ['xano verify --to postgres://etl@host/shop --json', 'for programs'],
    ],
    statuses:
      '0 same or behind, 2 usage, 4 log in, 5 Xano, 6 the destination,\n7 wrong, or rows differ and nothing tells why',
  });
}

async function verifyTables(names: readonly string[], flags: VerifyFlags, context: Context): Promise<number> {
  const { ERRORS, needsAttention, verify, XanoError } = await import('../../../index.js');
  const { createPrinter } = await import('../../output/output.js');
  const { sayWaits } = await import('../../output/notes.js');
  const { printVerified } = await import('./print.js');
  if (flags.to === '')
    throw new XanoError('USAGE', '--to is empty.', { hint: 'Name a file: --to xano.duckdb.' });
  const printer = createPrinter(context, flags.color !== false);
  const { endpoints, connection } = await chooseEndpoints(names, flags, context, printer);
  const complete = await verify(endpoints, flags.to, {
    http: connection.http,
    dataset: flags.dataset,
    place: placeOptions(flags, context, printer),
    values: flags.values,
    seed: flags.seed,
    mask_key: context.env['XANO_MASK_KEY'],
    signal: context.signal,
    now: context.now,
    on_wait: sayWaits(printer),
  });
  const report = names.length > 0 ? complete : loadedOnly(complete);
  if (report.tables.length === 0)
    throw new XanoError('USAGE', `${report.destination} has no table of this workspace.`, {
      hint: 'Name the workspace of its load with --workspace, or another destination with --to.',
    });
  if (flags.json === true) printer.json(report);
  else printVerified(report, printer);
  return report.tables.some((table) => needsAttention(table)) ? ERRORS.LOAD_PARTIAL.exit : 0;
}

/** Without names, tables that were never loaded are not asked about. */
function loadedOnly(report: VerifyReport): VerifyReport {
  return { ...report, tables: report.tables.filter(({ target }) => target !== null) };
}

/** The name of an instance, not an address: a destination must not choose where a token goes. */
const INSTANCE_NAME = /^[\w-]{1,100}$/;

/**
 * The flags with the instance and the workspace that all tables were loaded from, where nobody names one. The
 * flags as they are where that is not one workspace, or where the destination cannot be read: the comparison
 * tells why.
 */
async function withLoadedSource(
  flags: VerifyFlags,
  context: Context,
  printer: Printer,
): Promise<VerifyFlags> {
  const { XANO_INSTANCE, XANO_WORKSPACE } = context.env;
  const { defaults, instance, workspace, dataset } = flags;
  if ([XANO_INSTANCE, XANO_WORKSPACE, defaults, instance, workspace].some((one) => one !== undefined))
    return flags;
  const { readStatus } = await import('../../../index.js');
  const place = placeOptions(flags, context, printer);
  const status = await readStatus(flags.to, {
    now: context.now,
    sleep: context.sleep,
    loads: 1,
    ...place,
  }).catch(() => undefined);
  const origins = (status?.tables ?? [])
    .filter(({ schema, gone }) => !gone && (dataset === undefined || schema === dataset))
    .flatMap(({ origin }) => (typeof origin?.['workspace_id'] === 'number' ? [origin] : []));
  const sources = new Map(origins.map((one) => [`${one['instance']} ${one['workspace_id']}`, one]));
  const [source, ...others] = sources.values();
  const named = source?.['instance'];
  if (others.length > 0 || typeof named !== 'string' || !INSTANCE_NAME.test(named)) return flags;
  return { ...flags, instance: named, workspace: String(source?.['workspace_id']) };
}

async function chooseEndpoints(
  names: readonly string[],
  flags: VerifyFlags,
  context: Context,
  printer: Printer,
): Promise<{ endpoints: readonly EndpointConfig[]; connection: Pick<Connection, 'http'> }> {
  const { connect, connectFor } = await import('../../../session/connect.js');
  const { frontEnd } = await import('../../input/front-end.js');
  const front = frontEnd(flags, context, printer);
  if (flags.endpoints !== undefined) {
    const { readEndpointsFile } = await import('../../input/endpoints-file.js');
    const endpoints = readEndpointsFile(flags.endpoints, names, context.env);
    return { endpoints, connection: await connectFor(endpoints, flags, context, front.notify) };
  }
  const { workspaceEndpoints } = await import('../../../session/tables/choose-tables.js');
  const { chooseContent } = await import('../../../session/tables/choose-content.js');
  const connection = await connect(await withLoadedSource(flags, context, printer), context, front);
  const { endpoints } = await workspaceEndpoints(connection, names, { api_groups: false }, front.notify);
  return { endpoints: chooseContent(endpoints, { where: flags.where }), connection };
}
