/** The API groups of one instance, called as their users call them: `/api:{canonical}[:{branch}]/path`. */
import type { Json } from '../../json.js';
import {
  type Answer,
  answer,
  answerText,
  inputError,
  isAnswer,
  type LocalRequest,
  missingParam,
  notFound,
} from '../answers.js';
import type {
  LocalApiGroup,
  LocalEndpoint,
  LocalInstance,
  LocalRow,
  LocalTable,
  LocalWorkspace,
} from '../data/model.js';
import { findRow, rowsIn } from '../data/rows.js';
import { rowKey, rowWithout } from './content.js';
import { type LoginBook, parsedInputs } from './logins.js';
import { groupDocument, isShown } from './openapi.js';
import { neighbours, type PageAsked, readPage, rowsPage, slicePage } from './paging.js';

/** A group found by the name in its address, and its workspace. */
export interface FoundGroup {
  readonly group: LocalApiGroup;
  readonly workspace: LocalWorkspace;
}

/**
 * The group an address names: a canonical, perhaps a colon and a branch's label, the live branch unless
 * named.
 */
export function findApiGroup(instance: LocalInstance, address: string): FoundGroup | undefined {
  const [canonical, label] = address.split(':');
  for (const workspace of instance.workspaces) {
    const branch = label ?? workspace.branch;
    const group = workspace.api_groups.find(
      (candidate) => candidate.canonical === canonical && candidate.branch === branch,
    );
    if (group !== undefined) return { group, workspace };
  }
  return undefined;
}

/** `GET /apispec:{canonical}`: the group's OpenAPI document, where its author shows it. */
export function answerSpec(target: FoundGroup | undefined, origin: string): Answer {
  if (target === undefined || !target.group.swagger) return notFound('Invalid app.');
  return answer(groupDocument(target.group, target.group.endpoints, target.workspace.tables, origin));
}

/** Answers a call to an endpoint of a group. */
export function answerGroup(
  request: LocalRequest,
  target: FoundGroup | undefined,
  logins: LoginBook,
): Answer {
  if (target === undefined) return notFound('Invalid app.');
  const { group, workspace } = target;
  const endpoint = group.endpoints.find(
    (candidate) => candidate.verb === request.method && pathInputs(candidate, request) !== undefined,
  );
  if (endpoint === undefined) return notFound('Unable to locate request.');
  // Xano's documentation and its JavaScript client: a header, or a query parameter of the same name.
  const dataSource = request.headers['x-data-source'] ?? request.query.get('x-data-source') ?? 'live';
  if (!workspace.data_sources.some(({ label }) => label === dataSource)) {
    return inputError('Unknown data source.', 'x-data-source');
  }
  const bearer =
    endpoint.auth === false
      ? undefined
      : whoCalls(request, workspace, endpoint.auth.name, dataSource, logins);
  if (bearer !== undefined && isAnswer(bearer)) return bearer;
  return respond(endpoint, { request, workspace, dataSource, logins, bearer });
}

interface Call {
  readonly request: LocalRequest;
  readonly workspace: LocalWorkspace;
  readonly dataSource: string;
  readonly logins: LoginBook;
  readonly bearer: LocalRow | undefined;
}

function respond(endpoint: LocalEndpoint, call: Call): Answer {
  const { response } = endpoint;
  if (response.kind === 'accept') return accept(endpoint, call.request);
  if (response.kind === 'gone') return notFound('Unable to locate request.');
  const table = tableNamed(call.workspace, response.table);
  const rows = rowsIn(table, call.dataSource).sorted;
  const { query } = call.request;
  switch (response.kind) {
    case 'all':
      return answerText(`[${rows.map(shownRow(table)).join(',')}]`);
    case 'list':
      return answerText(wrapped(response.under, `[${rows.map(shownRow(table)).join(',')}]`));
    case 'pages': {
      const inputs =
        response.paging === 'external' ? parsedInputs(query.get('external') ?? '') : fromQuery(query);
      const asked = readPage(inputs.page, inputs.per_page, anySize(response.per_page));
      if (isAnswer(asked)) return asked;
      const given = response.obeyed === false ? { ...asked, page: 1 } : asked;
      const envelope = pageOf(table, rows, given, response.totals);
      return answerText(response.under === undefined ? envelope : wrapped(response.under, envelope));
    }
    case 'data': {
      const asked = readPage(
        query.get('page') ?? undefined,
        query.get('pageSize') ?? undefined,
        anySize(response.page_size),
      );
      if (isAnswer(asked)) return asked;
      const data = slicePage(rows, asked).map(shownRow(table)).join(',');
      const fields = {
        currentPage: asked.page,
        totalPages: Math.ceil(rows.length / asked.per_page),
        total: rows.length,
      };
      return answerText(`{"data":[${data}],${JSON.stringify(fields).slice(1)}`);
    }
    case 'row': {
      const key = rowKey(table, pathInputs(endpoint, call.request)?.[response.path_input] ?? '');
      const row = key === undefined ? undefined : findRow(rowsIn(table, call.dataSource), key);
      return row === undefined ? notFound() : answerText(shownRow(table)(row));
    }
    case 'login':
      return call.logins.logIn(table, call.dataSource, call.request.body);
    case 'me':
      return call.bearer === undefined ? notFound() : answerText(shownRow(table)(call.bearer));
  }
}

/** JSON text under one key, or several with dots between. */
function wrapped(under: string, text: string): string {
  return under.split('.').reduceRight((inner, key) => `{${JSON.stringify(key)}:${inner}}`, text);
}

// Page inputs have no maximum unless the author set one.
function anySize(standard: number) {
  return { default: standard, max: Number.MAX_SAFE_INTEGER, clamp: null };
}

function fromQuery(query: URLSearchParams): { readonly [name: string]: unknown } {
  return Object.fromEntries(query);
}

function pageOf(table: LocalTable, rows: readonly LocalRow[], asked: PageAsked, totals: boolean): string {
  const items = slicePage(rows, asked).map(shownRow(table));
  if (totals) return rowsPage(items, asked, rows.length);
  // Totals are counted only if the author turned them on; the rest of the envelope is the same.
  const { nextPage, prevPage } = neighbours(asked, rows.length);
  const offset = (asked.page - 1) * asked.per_page;
  const fields = { nextPage, prevPage, offset, perPage: asked.per_page };
  const start = JSON.stringify({ itemsReceived: items.length, curPage: asked.page, ...fields }).slice(0, -1);
  return `${start},"items":[${items.join(',')}]}`;
}

function accept(endpoint: LocalEndpoint, request: LocalRequest): Answer {
  const inputs = parsedInputs(request.body);
  const missing = endpoint.input.find(({ name, required }) => required && inputs[name] === undefined);
  if (missing !== undefined) return missingParam(missing.name);
  const accepted: Json = { accepted: true };
  return answer(accepted);
}

function whoCalls(
  request: LocalRequest,
  workspace: LocalWorkspace,
  table: string,
  dataSource: string,
  logins: LoginBook,
): LocalRow | Answer {
  return logins.check(request.headers.authorization, tableNamed(workspace, table), dataSource);
}

function tableNamed(workspace: LocalWorkspace, name: string): LocalTable {
  const table = workspace.tables.find((candidate) => candidate.name === name);
  if (table === undefined) throw new Error(`An endpoint reads a table ${name}, which its workspace lacks`);
  return table;
}

function shownRow(table: LocalTable): (row: LocalRow) => string {
  return rowWithout(table.schema.filter((field) => !isShown(field)).map(({ name }) => name));
}

function pathInputs(
  endpoint: LocalEndpoint,
  { segments }: LocalRequest,
): { readonly [name: string]: string } | undefined {
  const wanted = endpoint.name.split('/');
  if (wanted.length !== segments.length) return undefined;
  const inputs: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name !== undefined) inputs[name] = segments[at]!;
    else if (part !== segments[at]) return undefined;
  }
  return inputs;
}
