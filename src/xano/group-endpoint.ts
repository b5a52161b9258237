/**
 * Turns an endpoint of an API group into a config, or excludes it: by its inputs, its group's OpenAPI
 * document, and Xano's conventions. Pure.
 */
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import type { ApiGroup, Endpoint, Instance, Workspace } from './catalog.js';
import { API_TOKEN_ENV, DATA_SOURCE_HEADER, ENDPOINT_PAGE_SIZE } from './conventions.js';
import { ofList, ofUnknown, type PagingInputs, pagingInputs } from './group-paging.js';
import { type Input, readOperation, type ShownAnswer } from './openapi.js';
import { readRecordSchema } from './openapi-columns.js';

/** The position of an endpoint. */
export interface GroupPlace {
  readonly instance: Instance;
  readonly workspace: Workspace;
  readonly group: ApiGroup;
}

/** The options of its config. */
export interface GroupOptions {
  /** The data source to request; without it, the server uses the workspace's active one. */
  readonly data_source?: string;
  readonly page_size?: number | undefined;
}

/** Its config, or the reason why it gets none. */
export type GroupResult =
  | { readonly config: EndpointConfig }
  | { readonly config: null; readonly reason: string };

/** The name of a group's endpoint in messages and configs. */
export const endpointName = (group: ApiGroup, endpoint: Endpoint): string => `${group.name}/${endpoint.path}`;

/** Generates the config of one endpoint. */
export function groupEndpoint(
  { instance, workspace, group }: GroupPlace,
  endpoint: Endpoint,
  options: GroupOptions,
): GroupResult {
  if (endpoint.verb !== 'GET') return { config: null, reason: `${endpoint.verb} may write` };
  if (endpoint.path.includes('{')) return { config: null, reason: 'its path needs a value' };
  const shown = group.openapi && readOperation(group.openapi, `/${endpoint.path}`);
  const inputs = shown?.inputs ?? endpoint.inputs.map(listedInput);
  const paging = pagingInputs(inputs);
  const needed = inputs.filter((input) => input.required && input.default === undefined);
  const missing = needed.filter((input) => !Object.values(paging).includes(input));
  // Required page inputs are not missing: the config sends them.
  if (missing.length > 0)
    return { config: null, reason: `it needs ${missing.map(({ name }) => name).join(', ')}` };
  const answer: ShownAnswer = shown?.answer ?? { kind: 'unknown' };
  if (answer.kind === 'record') {
    const [first, second, third, ...more] = answer.fields;
    const named = [first, second, third, more.length > 0 ? '…' : undefined].filter(Boolean).join(', ');
    return { config: null, reason: `its answer is one record (${named}), not a list` };
  }
  const known = shown !== undefined || inputs.length > 0;
  const page_size = options.page_size ?? ENDPOINT_PAGE_SIZE;
  const { pagination, data_selector, confidence, reason, asked, ...records } =
    answer.kind === 'list'
      ? { ...ofList(answer.list, { inputs, paging }, page_size), ...readRecordSchema(answer.list.item) }
      : ofUnknown(paging, known, page_size);
  const login = endpoint.auth || shown?.login === true;
  const config: EndpointConfig = {
    name: endpointName(group, endpoint),
    ...(endpoint.description === '' ? {} : { description: endpoint.description }),
    base_url: group.base_url,
    path: `/${endpoint.path}`,
    method: 'GET',
    params: { ...defaultsBeside(inputs, paging), ...asked },
    headers: options.data_source === undefined ? {} : { [DATA_SOURCE_HEADER]: options.data_source },
    ...(data_selector === undefined ? {} : { data_selector }),
    primary_key: [...records.primary_key],
    write_disposition: 'replace',
    ...(records.columns === undefined ? {} : { columns: [...records.columns] }),
    excluded: [...records.excluded],
    pagination,
    // A user's authToken, not the Metadata token: API groups refuse the latter, and should not receive it.
    auth: login ? { type: 'bearer', token: { env: API_TOKEN_ENV } } : { type: 'none' },
    confidence,
    reason,
    origin: {
      instance: instance.name,
      workspace_id: workspace.id,
      workspace: workspace.name,
      api_group: group.name,
      canonical: group.canonical,
      endpoint_id: endpoint.id,
      login_required: login,
    },
  };
  return { config };
}

/** An input as the list of endpoints describes it. */
function listedInput({ name, type, required, style }: Endpoint['inputs'][number]): Input {
  return { name, required, is_object: style === 'single' && (type === 'json' || type === 'object') };
}

/**
 * The defaults of inputs that are not about pages: written into the config, so that people can see and change
 * them.
 */
function defaultsBeside(inputs: readonly Input[], paging: PagingInputs): Record<string, string> {
  const others = inputs.filter((input) => !Object.values(paging).includes(input));
  return Object.fromEntries(
    others.flatMap(({ name, default: usual }) => (usual === undefined ? [] : [[name, usual]])),
  );
}
