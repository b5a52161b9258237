/**
 * The public API: a token becomes a catalog ({@link discover}), a catalog becomes endpoint configs ({@link
 * generateEndpoints}), configs become tables ({@link load}). Data is snake_case, code is camelCase.
 * docs/library.md says which names are the contract.
 */
export type { Capabilities, TargetKind } from './destinations/capabilities.js';
export type { DestinationOptions } from './destinations/create-destination.js';
export type {
  Destination,
  Disposition,
  Flatten,
  Guards,
  KeyCounts,
  KeySpan,
  NestedPlan,
  Previous,
  Publication,
  Remembered,
  RowMatch,
  RowsFound,
  RowsWanted,
  ServerLimits,
  Staged,
  StagedRecords,
  StoredCheckpoint,
  TargetPlan,
  TargetWriter,
  WantedTable,
} from './destinations/destination.js';
export type { Engine } from './destinations/engine/engine.js';
export type { ExtensionInstall } from './destinations/engine/extensions.js';
export type { Row, Session } from './destinations/engine/session.js';
export {
  destinationLabel,
  hasForeignKeys,
  lastLoadMs,
  maintain,
  type OpenOptions,
  openDestination,
  openStore,
  type QueryResult,
  queryFile,
  readSchema,
  readStatus,
  runningLoad,
  streamQuery,
  takesManyLoads,
} from './destinations/open.js';
export type { Prepared, SetAside } from './destinations/prepared.js';
export type { Published } from './destinations/published.js';
export type { FailedSince, HistoryOptions, PastLoad } from './destinations/reader/history.js';
export type { RunningQuery } from './destinations/reader/query.js';
export type { QueryOptions } from './destinations/reader/query-place.js';
export type { SchemaOptions } from './destinations/reader/schema.js';
export type {
  FileStatus,
  HistoryStatus,
  StagingStatus,
  StatusOptions,
  TableStatus,
} from './destinations/reader/status.js';
export {
  csvLine,
  type QueryColumn,
  type QueryValue,
  valueAsJson,
  valueAsText,
} from './destinations/reader/values.js';
export type { VisibleTable } from './destinations/reader/visible-tables.js';
export type { StagedTable } from './destinations/staging/staged-table.js';
export type {
  Contents,
  StoredColumn,
  StoredFlattened,
  StoredMadeColumn,
  StoredResource,
} from './destinations/state/contents.js';
export type { Store } from './destinations/store.js';
export type {
  Existing,
  PlaceOptions,
  PublishedTable,
  PublishOptions,
  RowsRead,
  Target,
  TargetPlace,
  TargetTools,
} from './destinations/target.js';
export type { MaintainOptions, Maintenance } from './destinations/targets/ducklake/maintain-lake.js';
export { fileNameOf } from './destinations/targets/parquet-folder/file-names.js';
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
  ChangedName,
  ChildTable,
  Completeness,
  LeftAsJson,
  LoadEvent,
  LoadProgress,
  LoadReport,
  ParentsLeft,
  ProgressWait,
  ResourceReport,
  SchemaChange,
  TableProgress,
  WaitTotal,
} from './events.js';
export { toDango } from './export/dango.js';
export { type DbtOptions, toDbtSources } from './export/dbt-sources.js';
export { toDlt } from './export/dlt.js';
export {
  type EvidenceConnection,
  type EvidenceTable,
  type ProjectFile,
  toEvidence,
} from './export/evidence.js';
export type { Exit, ExitNote } from './export/exported.js';
export { type PostgresDdlOptions, toPostgresDdl } from './export/postgres-ddl.js';
export type { Json, JsonObject } from './json.js';
export { expectedRequests } from './load/estimate.js';
export { load } from './load/load.js';
export type { LoadOptions } from './load/load-options.js';
export type { LoadStep } from './load/plan.js';
export { followProgress, type ProgressFollower } from './load/progress/follow-progress.js';
export { planInto, type WantedOptions } from './load/target-plan.js';
export { createXanoHttp, type XanoHttpOptions } from './metadata/access.js';
export { type Me, readInstances, readMe } from './metadata/client.js';
export { discover } from './metadata/discover.js';
export type { Choose, DiscoverOptions, Found } from './metadata/options.js';
export { type Access, probeAccess, type ScopeProbe } from './metadata/probe.js';
export type { Api } from './metadata/request.js';
export { accountApiAt, instanceAt, isOrigin } from './metadata/select.js';
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
export { type Correction, checkEndpoint, type EndpointCheck } from './rest/check/check-endpoint.js';
export type { Finding } from './rest/check/check-run.js';
export { correctConfig, type NamedCorrection } from './rest/check/rewrite-config.js';
export { sampleRows } from './rest/check/sample-rows.js';
export type { Auth } from './rest/config/auth.js';
export { withMasks } from './rest/config/columns/masked-columns.js';
export { configJsonSchema, type ReadConfig, readConfig } from './rest/config/config-file.js';
export type { EndpointConfig, ResolvedEndpoint } from './rest/config/endpoint-config.js';
export type { NamedVariable } from './rest/config/file/named-variables.js';
export type { Pagination } from './rest/config/pagination.js';
export { parseEndpoints } from './rest/config/parse-endpoints.js';
export { type FileCheck, readChecked } from './rest/config/read-checked.js';
export type { FindSecret, Secret, SecretRef } from './rest/config/secret-ref.js';
export { variablesIn } from './rest/config/template.js';
export { type Detection, type Resolution, resolveEndpoint } from './rest/detect/detect.js';
export { assertToken, secretRefs } from './rest/http/auth/secrets.js';
export { createHttp, type Http } from './rest/http/client.js';
export { createServers, type HttpOptions, type Servers } from './rest/http/client-state.js';
export type { RequestContext, Traffic, Wait } from './rest/http/messages.js';
export type { Clock } from './rest/http/rate-limiter.js';
export type { PageRequest } from './rest/http/request.js';
export { isAddress } from './rest/http/request.js';
export { countRecords } from './rest/paging/list-queries.js';
export { firstPage } from './rest/paging/paginators.js';
export type {
  RollingList,
  RollingOutcome,
  RollingReading,
  RollingStart,
} from './rest/paging/rolling/rolling-list.js';
export { loadOpenData } from './sandbox/data/open-data.js';
export { shopInstances } from './sandbox/data/shop.js';
export { SHOP_LOGIN } from './sandbox/data/shop-rows.js';
export { type LocalXano, type LocalXanoOptions, startLocalXano } from './sandbox/server.js';
export {
  type Column,
  type ColumnType,
  type Nested,
  type Reject,
  sqlType,
  type TargetTable,
  type WriteDisposition,
} from './table/column.js';
export type { ColumnData } from './table/column-data.js';
export type { ForeignKey, SourceReference } from './table/foreign-key.js';
export { MASKS, type Mask } from './table/mask.js';
export type { Partition } from './table/partition.js';
export { referredTable, type SchemaColumn, type SchemaTable, type TableReference } from './table/schema.js';
export type { Shape, ShapeLeaf } from './table/shape.js';
export type { Coverage, HistoryGap, HistoryKept, Watermark } from './table/watermark.js';
export { type StoredProtection, storedProtection } from './verify/stored-protection.js';
export { type VerifyOptions, verify } from './verify/verify.js';
export {
  type Cause,
  type ChangedSince,
  type ColumnDifference,
  needsAttention,
  type RowDifference,
  type VerifiedState,
  type VerifiedTable,
  type VerifyReport,
} from './verify/verify-report.js';
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
export { HISTORY_KINDS, type HistoryKind, type HistoryListOptions } from './xano/history/history-kinds.js';
export { type HistoryList, historyLists } from './xano/history/history-lists.js';
export {
  type PersonalColumn,
  type PersonalReason,
  type PersonalTable,
  personalColumns,
} from './xano/personal/personal-columns.js';
export type { PersonalKind, Sureness } from './xano/personal/personal-names.js';
export { workspaceSchema } from './xano/schema.js';
export { OPERATORS, type Operator, searchCondition, type WrittenCondition } from './xano/where.js';
