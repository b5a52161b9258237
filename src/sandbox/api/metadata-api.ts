/** The Metadata API of one instance: its paths, their scopes, and their handlers. */
import {
  type Answer,
  accessDenied,
  answer,
  inputError,
  isAnswer,
  type LocalRequest,
  notFound,
} from '../answers.js';
import type { LocalApiGroup, LocalInstance, LocalTable, LocalWorkspace } from '../data/model.js';
import { type LocalHistoryKind, type LoggedRequest, listHistory } from '../history.js';
import type { Settings } from '../settings.js';
import {
  listApiGroups,
  listEndpoints,
  readApiGroup,
  readDocument,
  readEndpoint,
  readWorkspaceDocument,
} from './api-groups.js';
import { browse, readDataSource, readRow, searchContent } from './content.js';
import { describeTable, listFields, listIndexes, listTables, readField } from './tables.js';
import type { Grant, LocalScope, TokenBook } from './tokens.js';

/** A running instance. */
export interface ServedInstance {
  readonly data: LocalInstance;
  readonly origin: string;
  readonly settings: Settings;
  readonly tokens: TokenBook;
  readonly log: readonly LoggedRequest[];
}

// An accepted call: authenticated, permitted, with its workspace.
interface Call extends ServedInstance {
  readonly request: LocalRequest;
  readonly grant: Grant;
  readonly ids: readonly string[];
}

interface Route {
  readonly method: 'GET' | 'POST';
  /** `*` stands for an id or a name. */
  readonly path: string;
  /** Null where any token is enough. */
  readonly scope: LocalScope | null;
  /** The scope that specifications before 2026 ask for as well. */
  readonly strict_scope?: LocalScope;
  readonly answer: (call: Call) => Answer;
}

const get = (path: string, scope: LocalScope | null, answer: Route['answer']): Route => ({
  method: 'GET',
  path,
  scope,
  answer,
});

// Open to any token today; specifications before 2026 ask for a scope.
const getList = (path: string, strict_scope: LocalScope, answer: Route['answer']): Route => ({
  ...get(path, null, answer),
  strict_scope,
});

// The scopes are those of Xano's specification of January 2026.
const ROUTES: readonly Route[] = [
  get('auth/me', null, (call) => answer(whoAmI(call))),
  get('workspace', null, ({ data }) => answer(data.workspaces.map(describeWorkspace))),
  get(
    'workspace/*',
    'instance:workspace',
    inWorkspace((workspace) =>
      answer({ ...describeWorkspace(workspace), swagger: false, documentation: null }),
    ),
  ),
  get(
    'workspace/*/branch',
    'instance:workspace',
    inWorkspace(({ branches }) => answer(branches.map((branch) => ({ ...branch })))),
  ),
  get(
    'workspace/*/datasource',
    'instance:workspace',
    inWorkspace(({ data_sources }) => answer(data_sources.map((source) => ({ ...source })))),
  ),
  get(
    'workspace/*/openapi',
    'instance:workspace',
    inWorkspace((workspace, { request, origin }) => readWorkspaceDocument(workspace, request.query, origin)),
  ),
  get('workspace/*/request_history', 'workspace:requesthistory', inHistory('requests')),
  // Nobody says which scope these ask for.
  get('workspace/*/task_history', 'workspace:requesthistory', inHistory('tasks')),
  get('workspace/*/function_history', 'workspace:requesthistory', inHistory('functions')),
  getList(
    'workspace/*/table',
    'workspace:database',
    inWorkspace(({ tables }, call) =>
      listTables(tables, call.request.query, call.settings, showsSchema(call)),
    ),
  ),
  getList(
    'workspace/*/table/*',
    'workspace:database',
    inTable((table, call) => answer(describeTable(table, showsSchema(call)))),
  ),
  get(
    'workspace/*/table/*/schema',
    'workspace:database',
    inTable((table) => listFields(table)),
  ),
  get(
    'workspace/*/table/*/schema/*',
    'workspace:database',
    inTable((table, { ids }) => readField(table, ids[2]!)),
  ),
  get(
    'workspace/*/table/*/index',
    'workspace:database',
    inTable((table) => listIndexes(table)),
  ),
  get(
    'workspace/*/table/*/content',
    'workspace:content',
    inRows((table, label, call) => browse(table, label, call.request.query, call.settings)),
  ),
  get(
    'workspace/*/table/*/content/*',
    'workspace:content',
    inRows((table, label, { ids }) => readRow(table, label, ids[2]!)),
  ),
  {
    method: 'POST',
    path: 'workspace/*/table/*/content/search',
    scope: 'workspace:content',
    answer: inRows((table, label, call) => searchContent(table, label, call.request.body, call.settings)),
  },
  getList(
    'workspace/*/apigroup',
    'workspace:api',
    inWorkspace((workspace, { request, origin }) => listApiGroups(workspace, request.query, origin)),
  ),
  getList(
    'workspace/*/apigroup/*',
    'workspace:api',
    inApiGroup((group, _, { origin }) => readApiGroup(group, origin)),
  ),
  getList(
    'workspace/*/apigroup/*/api',
    'workspace:api',
    inApiGroup((group, _, { request }) => listEndpoints(group, request.query)),
  ),
  getList(
    'workspace/*/apigroup/*/api/*',
    'workspace:api',
    inApiGroup((group, _, { ids }) => readEndpoint(group, ids[2]!)),
  ),
  get(
    'workspace/*/apigroup/*/openapi',
    'workspace:api',
    inApiGroup((group, workspace, { origin }) => readDocument(workspace, group, origin)),
  ),
  get(
    'workspace/*/apigroup/*/api/*/openapi',
    'workspace:api',
    inApiGroup((group, workspace, { origin, ids }) => readDocument(workspace, group, origin, ids[2]!)),
  ),
];

/** Answers a call below `api:meta` of an instance. */
export function answerMetadata(request: LocalRequest, instance: ServedInstance): Answer {
  const matching = ROUTES.filter((route) => idsOf(route, request.segments) !== undefined);
  const route = matching.find(({ method }) => method === request.method);
  // Only Xano's writing calls use another verb on these paths, and no token here may write.
  const mayWrite = matching.length > 0 && /^(POST|PUT|PATCH|DELETE)$/.test(request.method);
  if (route === undefined && !mayWrite) return notFound();
  if (route?.path.endsWith('/search') === true && !instance.settings.search) return notFound();
  const grant = instance.tokens.check(request.headers.authorization, instance.data.name);
  if (isAnswer(grant)) return grant;
  if (route === undefined) return accessDenied();
  const scope = route.scope ?? (instance.settings.strict_lists ? route.strict_scope : null) ?? null;
  if (scope !== null && !grant.scopes.has(scope)) return accessDenied();
  const paged = limitPage(request, instance.settings);
  if (isAnswer(paged)) return paged;
  return route.answer({ ...instance, request: paged, grant, ids: idsOf(route, request.segments)! });
}

/** A listing's page size as the settings allow it. Rows and histories have limits of their own. */
function limitPage(request: LocalRequest, settings: Settings): LocalRequest | Answer {
  const { max_list_per_page: max, clamp_list_per_page: clamp } = settings;
  const size = Number(request.query.get('per_page') ?? 0);
  const isOther = ['content', 'request_history', 'task_history', 'function_history'].some((part) =>
    request.segments.includes(part),
  );
  if (isOther || size <= Math.min(max, clamp ?? max)) return request;
  if (clamp === null) return inputError(`Input exceeds maximum value. Maximum: ${max}`, 'per_page');
  const query = new URLSearchParams(request.query);
  query.set('per_page', String(clamp));
  return { ...request, query };
}

function idsOf(route: Route, segments: readonly string[]): readonly string[] | undefined {
  const wanted = route.path.split('/');
  if (wanted.length !== segments.length) return undefined;
  if (!wanted.every((part, at) => part === '*' || part === segments[at])) return undefined;
  return segments.filter((_, at) => wanted[at] === '*');
}

function inWorkspace(read: (workspace: LocalWorkspace, call: Call) => Answer): Route['answer'] {
  return (call) => {
    const workspace = byId(call.data.workspaces, call.ids[0]!);
    return workspace === undefined ? notFound() : read(workspace, call);
  };
}

function inHistory(kind: LocalHistoryKind): Route['answer'] {
  return inWorkspace((workspace, { log, data, request, settings }) =>
    listHistory({
      ...{ kind, log, workspace, query: request.query },
      instance: data.name,
      order: settings.history_order,
      now: settings.now(),
    }),
  );
}

function inTable(
  read: (table: LocalTable, call: Call, workspace: LocalWorkspace) => Answer,
): Route['answer'] {
  return inWorkspace((workspace, call) => {
    const table = byId(workspace.tables, call.ids[1]!);
    return table === undefined ? notFound() : read(table, call, workspace);
  });
}

function inRows(read: (table: LocalTable, dataSource: string, call: Call) => Answer): Route['answer'] {
  return inTable((table, call, workspace) => {
    const source = readDataSource(call.request, workspace.data_sources);
    if (isAnswer(source)) return source;
    const mayRead = source.label !== 'live' || call.grant.scopes.has('workspace:live_data_source');
    return mayRead ? read(table, source.label, call) : accessDenied();
  });
}

function inApiGroup(
  read: (group: LocalApiGroup, workspace: LocalWorkspace, call: Call) => Answer,
): Route['answer'] {
  return inWorkspace((workspace, call) => {
    const group = byId(workspace.api_groups, call.ids[1]!);
    return group === undefined ? notFound() : read(group, workspace, call);
  });
}

function byId<T extends { readonly id: number }>(list: readonly T[], id: string): T | undefined {
  return list.find((item) => String(item.id) === id);
}

// In one project, a token could read tables but was refused `/schema` and `/index`, because it lacked
// Database.
function showsSchema({ settings, grant }: Call): boolean {
  return settings.embed_schema && grant.scopes.has('workspace:database');
}

function describeWorkspace({ id, name, description, branch }: LocalWorkspace) {
  return { id, name, description, branch };
}

// Xano's command line client reads a numeric id, seconds in `created_at`, and the instance in `extras`.
// Rights were seen there, too.
function whoAmI({ data, grant }: Call) {
  const instance = { id: 1, name: data.name, display: data.display };
  return {
    id: 1,
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    created_at: 1_767_225_600,
    extras: { instance, ...(grant.rights === null ? {} : { access_token: { scope: grant.rights } }) },
  };
}
