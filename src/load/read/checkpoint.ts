/** How to continue after a page: what is stored with staged rows, and how it is read back. Pure. */

import { z } from 'zod';
import type { StoredCheckpoint } from '../../destinations/destination.js';
import { ERRORS, type ErrorCode } from '../../errors.js';
import type { Json, JsonObject } from '../../json.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import { paginationSchema } from '../../rest/config/pagination.js';
import type { PageRequest } from '../../rest/http/request.js';
import { isAddress } from '../../rest/http/request.js';
import { watermarkSchema } from '../../table/watermark.js';
import type { Window } from '../incremental/window.js';
import type { LostParent, ParentLosses } from './parent-failures.js';

/** How to continue after a page; stored with the staged rows. */
export interface Checkpoint {
  readonly read_by: string;
  /** Whether the config's fallback is read. */
  readonly fallback: boolean;
  readonly page_size: number | null;
  /** Whether the server accepted a condition on the key. */
  readonly compared: boolean;
  /** Values that did not fit their columns so far. */
  readonly rejected: number;
  readonly request: PageRequest | null;
  readonly after: string | null;
  /** The request of the last page that held rows. */
  readonly last: PageRequest | null;
  readonly window: Window | null;
  /** What was detected of the list, so that it continues as it began. */
  readonly detected?: Detected | null;
  /** With parents: how far their lists have been read. */
  readonly parents?: ChildProgress | null;
  /** The value of `start_param` that the list was read with. */
  readonly start?: string | number | null;
  /** Columns that the config names and records had, beyond the columns added. */
  readonly found?: readonly string[];
}

/** How far the lists of parents have been read. */
export interface ChildProgress {
  /** Parents whose lists are done. */
  readonly done: number;
  /** Digest of those parents. */
  readonly digest: string;
  /** Rows that the server counts in their lists; null when it does not count. */
  readonly expected: number | null;
  /** Rows read of the next list. */
  readonly rows: number;
  /** Parents among those that gave no rows; absent when all did. */
  readonly losses?: ParentLosses;
}

/** What was detected of a list. */
export type Detected = Pick<ResolvedEndpoint, 'data_selector' | 'pagination' | 'format'>;

const object = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
// Object.keys gives the table's own keys.
const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const texts = z.record(z.string(), z.string());

const requestSchema: z.ZodType<PageRequest> = z.object({
  method: z.enum(['GET', 'POST']),
  // A host that is too long to exist takes long to parse.
  url: z
    .string()
    .refine((url) => isAddress(url))
    .pipe(z.url({ protocol: /^https?$/ })),
  params: texts,
  headers: texts,
  body: object.optional(),
});

/** A key as JSON text: a number or a text, as it was sent. */
const key = z.string().refine((text) => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value !== 'object' || value === null;
  } catch {
    return false;
  }
});

const lostParent: z.ZodType<LostParent> = z.object({
  parent: texts,
  error: z.object({ code: z.enum(codes), message: z.string(), hint: z.string() }).exactOptional(),
  half: z.literal(true).exactOptional(),
});

const losses: z.ZodType<ParentLosses> = z.object({
  not_read: z.array(lostParent),
  no_list: z.object({ count, first: z.array(lostParent) }),
});

/**
 * One schema for each field: the compiler asks for one when a field is added, which would otherwise be lost
 * when a load resumes.
 */
const detectedFields = {
  data_selector: z.string(),
  pagination: paginationSchema,
  format: z.enum(['json', 'ndjson']).exactOptional(),
} satisfies Record<keyof Detected, z.ZodType>;
const parentsFields = {
  done: count,
  digest: z.string(),
  expected: count.nullable(),
  rows: count,
  losses: losses.exactOptional(),
} satisfies Record<keyof ChildProgress, z.ZodType>;
const checkpointFields = {
  read_by: z.string(),
  fallback: z.boolean(),
  page_size: z.number().int().min(1).nullable(),
  compared: z.boolean(),
  rejected: count,
  request: requestSchema.nullable(),
  after: key.nullable(),
  last: requestSchema.nullable(),
  window: z.object({ also: z.array(object).max(100), watermark: watermarkSchema.nullable() }).nullable(),
  detected: z.object(detectedFields).nullable().exactOptional(),
  parents: z.object(parentsFields).nullable().exactOptional(),
  start: z.union([z.string(), z.number()]).nullable().exactOptional(),
  found: z.array(z.string()).exactOptional(),
} satisfies Record<keyof Checkpoint, z.ZodType>;
const checkpointSchema: z.ZodType<Checkpoint> = z.object(checkpointFields);

/** Parses a checkpoint; undefined for what no load writes. */
export function readCheckpoint(value: unknown): Checkpoint | undefined {
  const parsed = checkpointSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** The checkpoint of staged rows; undefined without any, or when it cannot be read. */
export function parseCheckpoint(checkpoint: StoredCheckpoint | null): Checkpoint | undefined {
  return checkpoint === null ? undefined : readCheckpoint(checkpoint.resume);
}

/** Whether staged rows have a checkpoint that can be read: a staging file may hold anything. */
export function canContinue(checkpoint: StoredCheckpoint | null): boolean {
  return checkpoint === null || parseCheckpoint(checkpoint) !== undefined;
}

/** The checkpoint as a writer stores it. A copy, since an interface is not a JsonObject to the compiler. */
export const asJson = (checkpoint: Checkpoint): Json => Object.fromEntries(Object.entries(checkpoint));

/** How many values of the staged rows did not fit their columns. */
export function rejectedBefore(checkpoint: StoredCheckpoint | null): number {
  return parseCheckpoint(checkpoint)?.rejected ?? 0;
}
