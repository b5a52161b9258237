/** API groups and their endpoints, as the Metadata API describes them. */
import type { JsonObject } from '../../json.js';
import { type Answer, answer, isAnswer, notFound } from '../answers.js';
import type { LocalApiGroup, LocalEndpoint, LocalWorkspace } from '../data/model.js';
import { groupDocument, workspaceDocument } from './openapi.js';
import { LIST_LIMITS, metadataPage, readQueryPage } from './paging.js';
import { arrange, describeField, type ListOrder } from './tables.js';

// The defaults that the specification gives for both lists.
const NEWEST_FIRST: ListOrder = { sort: 'created_at', order: 'desc' };

/** `GET …/apigroup`: the groups of a branch, the live one unless named. */
export function listApiGroups(workspace: LocalWorkspace, query: URLSearchParams, origin: string): Answer {
  const groups = groupsOfBranch(workspace, query);
  if (isAnswer(groups)) return groups;
  const asked = readQueryPage(query, LIST_LIMITS);
  if (isAnswer(asked)) return asked;
  const arranged = arrange(groups, query, NEWEST_FIRST);
  if (isAnswer(arranged)) return arranged;
  return answer(
    metadataPage(
      arranged.map((group) => describeApiGroup(group, origin)),
      asked,
    ),
  );
}

/** `GET …/apigroup/{apigroup_id}`. */
export function readApiGroup(group: LocalApiGroup, origin: string): Answer {
  return answer(describeApiGroup(group, origin));
}

/** `GET …/apigroup/{apigroup_id}/api`. */
export function listEndpoints(group: LocalApiGroup, query: URLSearchParams): Answer {
  const asked = readQueryPage(query, LIST_LIMITS);
  if (isAnswer(asked)) return asked;
  const arranged = arrange(group.endpoints, query, NEWEST_FIRST);
  return isAnswer(arranged) ? arranged : answer(metadataPage(arranged.map(describeEndpoint), asked));
}

/** `GET …/apigroup/{apigroup_id}/api/{api_id}`. */
export function readEndpoint(group: LocalApiGroup, id: string): Answer {
  const endpoint = findEndpoint(group, id);
  return endpoint === undefined ? notFound() : answer(describeEndpoint(endpoint));
}

/** `GET …/openapi` of a group, or of one endpoint where its id is given. */
export function readDocument(
  workspace: LocalWorkspace,
  group: LocalApiGroup,
  origin: string,
  endpointId?: string,
): Answer {
  if (endpointId === undefined)
    return answer(groupDocument(group, group.endpoints, workspace.tables, origin));
  const endpoint = findEndpoint(group, endpointId);
  return endpoint === undefined
    ? notFound()
    : answer(groupDocument(group, [endpoint], workspace.tables, origin));
}

/** `GET /workspace/{workspace_id}/openapi`. */
export function readWorkspaceDocument(
  workspace: LocalWorkspace,
  query: URLSearchParams,
  origin: string,
): Answer {
  const groups = groupsOfBranch(workspace, query);
  return isAnswer(groups) ? groups : answer(workspaceDocument(workspace, groups, origin));
}

function groupsOfBranch(
  workspace: LocalWorkspace,
  query: URLSearchParams,
): readonly LocalApiGroup[] | Answer {
  const label = query.get('branch') || workspace.branch;
  if (!workspace.branches.some((branch) => branch.label === label)) return notFound();
  return workspace.api_groups.filter(({ branch }) => branch === label);
}

function findEndpoint(group: LocalApiGroup, id: string): LocalEndpoint | undefined {
  return group.endpoints.find((endpoint) => String(endpoint.id) === id);
}

function describeApiGroup(group: LocalApiGroup, origin: string): JsonObject {
  const { id, created_at, updated_at, name, description, docs, guid, branch, canonical, swagger, tag } =
    group;
  const link = `${origin}/apispec:${canonical}:${branch}?type=json`;
  const base = { id, created_at, updated_at, name, description, docs, guid, branch, canonical, swagger };
  return { ...base, documentation: { link }, tag, xanoscript: null };
}

const NOT_CACHED: JsonObject = {
  active: false,
  ttl: 3600,
  input: true,
  auth: true,
  datasource: true,
  ip: false,
  headers: [],
  env: [],
};

function describeEndpoint(endpoint: LocalEndpoint): JsonObject {
  const { id, created_at, updated_at, name, description, guid, auth, verb } = endpoint;
  const base = {
    id,
    created_at,
    updated_at,
    name,
    description,
    docs: '',
    guid,
    auth,
    cache: NOT_CACHED,
    verb,
  };
  const input = endpoint.input.map(describeField);
  return { ...base, input, tag: [], draft_updated_at: null, xanoscript: null };
}
