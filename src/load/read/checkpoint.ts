/** How far an earlier load came, read strictly: what a staging file says becomes requests. Pure. */
import { z } from 'zod';
import { watermarkSchema } from '../../destinations/state/state-schema.js';
import { ERRORS, type ErrorCode } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import { paginationSchema } from '../../rest/config/endpoint-config.js';
import type { PageRequest } from '../../rest/http/request.js';
import type { LostParent, ParentLosses } from './parent-failures.js';
import type { Checkpoint, ChildProgress, Detected } from './stage-pages.js';

const object = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
// Object.keys gives the table's own keys.
const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const texts = z.record(z.string(), z.string());

const requestSchema: z.ZodType<PageRequest> = z.object({
  method: z.enum(['GET', 'POST']),
  url: z.url({ protocol: /^https?$/ }),
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

/** One schema for each field: a field that is added is missed by the compiler here, or it would be forgotten when a load resumes. */
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

/** What is kept with staged rows, as a resume; undefined where it is not one that a load writes. */
export function readCheckpoint(value: unknown): Checkpoint | undefined {
  const parsed = checkpointSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
