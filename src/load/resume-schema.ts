/** How far an earlier load came, read strictly: what a staging file says becomes requests. Pure. */
import { z } from 'zod';
import { watermarkSchema } from '../destinations/state-schema.js';
import type { JsonObject } from '../json.js';
import { paginationSchema } from '../rest/config.js';
import type { PageRequest } from '../rest/paginate.js';
import type { Resume } from './take.js';

const object = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
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

const resumeSchema: z.ZodType<Resume> = z.object({
  read_by: z.string(),
  fallback: z.boolean(),
  page_size: z.number().int().min(1).nullable(),
  compared: z.boolean(),
  rejected: count,
  request: requestSchema.nullable(),
  after: key.nullable(),
  last: requestSchema.nullable(),
  window: z.object({ also: z.array(object).max(100), watermark: watermarkSchema.nullable() }).nullable(),
  detected: z.object({ data_selector: z.string(), pagination: paginationSchema }).nullable().exactOptional(),
  parents: z
    .object({ done: count, digest: z.string(), expected: count.nullable(), rows: count })
    .nullable()
    .exactOptional(),
  start: z.string().nullable().exactOptional(),
});

/** What is kept with staged rows, as a resume; undefined where it is not one that a load writes. */
export function readResume(value: unknown): Resume | undefined {
  const parsed = resumeSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
