/**
 * The public API: a token becomes a catalog ({@link discover}), a catalog becomes endpoint configs ({@link generateEndpoints}), configs become
 * tables ({@link load}). Data is snake_case, code is camelCase. docs/library.md says which names are the contract.
 */
export type { Destination } from './destinations/destination.js';
export {
  openDestination,
  type QueryResult,
  queryFile,
  readSchema,
  readStatus,
  streamQuery,
} from './destinations/open.js';
export { lastLoadMs } from './destinations/reader/last-load.js';
export type { QueryOptions, RunningQuery } from './destinations/reader/query.js';
export type {
  FailedSince,
  FileStatus,
  PastLoad,
  StagingStatus,
  StatusOptions,
  TableStatus,
} from './destinations/reader/status.js';
export {
  type QueryColumn,
  type QueryValue,
  valueAsJson,
  valueAsText,
} from './destinations/reader/values.js';
export {
  amended,
  asXanoError,
  ERRORS,
  type ErrorCode,
  type ErrorReport,
  endsEverything,
  errorReport,
  exitStatus,
  type FailedRequest,
  isStop,
  isTokenError,
  type RuledOut,
  XanoError,
} from './errors.js';
export type {
  ChildTable,
  Completeness,
  LeftAsJson,
  LoadEvent,
  LoadReport,
  ParentsLeft,
  ResourceReport,
  SchemaChange,
} from './events.js';
export { toDango } from './export/dango.js';
export { toDlt } from './export/dlt.js';
export type { Exit, ExitNote } from './export/exported.js';
export type { Json, JsonObject } from './json.js';
export { type LoadOptions, load } from './load/load.js';
export { keptInWords } from './load/load-resource.js';
export { expectedRequests, type LoadStep, planLoad } from './load/plan.js';
export { createXanoHttp, type XanoHttpOptions } from './metadata/access.js';
export { type Api, type Me, readInstances, readMe } from './metadata/client.js';
export { type DiscoverOptions, discover } from './metadata/discover.js';
export { type Access, probeAccess, type ScopeProbe } from './metadata/probe.js';
export {
  accountApiAt,
  type Choose,
  type Found,
  instanceAt,
  isOrigin,
} from './metadata/select.js';
export {
  assertAlive,
  basisInWords,
  notAnAccessToken,
  parseExpiry,
  type TokenStatus,
  tokenStatus,
} from './metadata/token.js';
export { didYouMean, nearestName } from './names.js';
export { checkChild } from './rest/check/check-child.js';
export {
  type Correction,
  checkEndpoint,
  type EndpointCheck,
} from './rest/check/check-endpoint.js';
export type { Finding } from './rest/check/check-run.js';
export { correctConfig, type NamedCorrection } from './rest/check/rewrite-config.js';
export {
  configJsonSchema,
  type NamedVariable,
  type ReadConfig,
  readConfig,
} from './rest/config/config-file.js';
export {
  type Auth,
  type EndpointConfig,
  type Pagination,
  parseEndpoints,
  type ResolvedEndpoint,
  type SecretRef,
} from './rest/config/endpoint-config.js';
export { variablesIn } from './rest/config/variables.js';
export { type Detection, type Resolution, resolveEndpoint } from './rest/detect/detect.js';
export { assertToken, type FindSecret, type Secret, secretRefs } from './rest/http/auth/secrets.js';
export { createHttp, type Http, type HttpOptions } from './rest/http/client.js';
export type { RequestContext, Traffic, Wait } from './rest/http/messages.js';
export type { Clock } from './rest/http/rate-limiter.js';
export type { PageRequest } from './rest/http/request.js';
export { firstPage } from './rest/paging/paginators.js';
export { countRecords } from './rest/paging/read-pages.js';
export { loadOpenData } from './sandbox/data/open-data.js';
export { shopInstances } from './sandbox/data/shop.js';
export { SHOP_LOGIN } from './sandbox/data/shop-rows.js';
export { type LocalXano, type LocalXanoOptions, startLocalXano } from './sandbox/server.js';
export { type Column, type ColumnType, type Nested, sqlType, type WriteDisposition } from './table/column.js';
export type { SchemaColumn, SchemaTable, TableReference } from './table/schema.js';
export type { Shape, ShapeLeaf } from './table/shape.js';
export {
  type ApiGroup,
  type Catalog,
  type Endpoint,
  type Field,
  findNamed,
  type Instance,
  type Omission,
  type Table,
  type Workspace,
} from './xano/catalog.js';
export { ACCOUNT_ORIGIN, describeXano, interpretRefusal } from './xano/conventions.js';
export {
  type ExcludedEndpoint,
  type Generated,
  type GenerateOptions,
  generateEndpoints,
  type IncrementalChoice,
} from './xano/endpoints.js';
export { workspaceSchema } from './xano/schema.js';
