/**
 * The public API: a token becomes a catalog ({@link discover}), a catalog becomes endpoint configs ({@link generateEndpoints}), configs become
 * tables ({@link load}). Data is snake_case, code is camelCase. docs/library.md says which names are the contract.
 */
export type { Destination } from './destinations/destination.js';
export type { QueryOptions, RunningQuery } from './destinations/duckdb-query.js';
export { lastLoadMs } from './destinations/last-load.js';
export {
  openDestination,
  type QueryResult,
  queryFile,
  readSchema,
  readStatus,
  streamQuery,
} from './destinations/open.js';
export type {
  FailedSince,
  FileStatus,
  PastLoad,
  StagingStatus,
  StatusOptions,
  TableStatus,
} from './destinations/status.js';
export {
  type QueryColumn,
  type QueryValue,
  valueAsJson,
  valueAsText,
} from './destinations/values.js';
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
export { toDango } from './exits/dango.js';
export { toDlt } from './exits/dlt.js';
export type { Exit, ExitNote } from './exits/exit.js';
export type { Json, JsonObject } from './json.js';
export { type LoadOptions, load } from './load/load.js';
export { expectedRequests, type LoadStep, planLoad } from './load/plan.js';
export { keptInWords } from './load/resource.js';
export { loadOpenData } from './local/open-data.js';
export { type LocalXano, type LocalXanoOptions, startLocalXano } from './local/server.js';
export { shopInstances } from './local/shop.js';
export { SHOP_LOGIN } from './local/shop-rows.js';
export { createXanoHttp, type XanoHttpOptions } from './metadata/access.js';
export {
  accountApiAt,
  type Choose,
  type Found,
  instanceAt,
  isOrigin,
} from './metadata/choose.js';
export { type Api, type Me, readInstances, readMe } from './metadata/client.js';
export { type DiscoverOptions, discover } from './metadata/discover.js';
export { type Access, probeAccess, type ScopeProbe } from './metadata/probe.js';
export {
  assertAlive,
  basisInWords,
  notAnAccessToken,
  parseExpiry,
  type TokenStatus,
  tokenStatus,
} from './metadata/token.js';
export { nearestName } from './names.js';
export { isAddress } from './rest/address.js';
export {
  type Correction,
  checkEndpoint,
  type EndpointCheck,
} from './rest/check.js';
export { checkChild } from './rest/check-child.js';
export type { Finding } from './rest/checking.js';
export {
  type Auth,
  type EndpointConfig,
  type Pagination,
  parseEndpoints,
  type ResolvedEndpoint,
  type SecretRef,
} from './rest/config.js';
export { configJsonSchema, type NamedVariable, type ReadConfig, readConfig } from './rest/config-file.js';
export { correctConfig, type NamedCorrection } from './rest/correct-config.js';
export { type Detection, type Resolution, resolveEndpoint } from './rest/detect.js';
export {
  createHttp,
  type Http,
  type HttpOptions,
  type Sender,
  type Traffic,
  type Wait,
} from './rest/http.js';
export type { Clock } from './rest/pacer.js';
export { countRecords } from './rest/pages.js';
export { firstPage, type PageRequest } from './rest/paginate.js';
export { assertToken, type FindSecret, type Secret, secretRefs } from './rest/secrets.js';
export { variablesIn } from './rest/variables.js';
export type { SchemaColumn, SchemaTable, TableReference } from './schema.js';
export type { Shape, ShapeLeaf } from './shape.js';
export { type Column, type ColumnType, type Nested, sqlType, type WriteDisposition } from './target.js';
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
  type Generated,
  type GenerateOptions,
  generateEndpoints,
  type IncrementalChoice,
  type LeftOut,
} from './xano/endpoints.js';
export { workspaceSchema } from './xano/schema.js';
