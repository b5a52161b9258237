/** The rows of the state, parsed strictly: what does not fit is refused with DATABASE_FAILED. Pure. */
import { z } from 'zod';
import type { Json, JsonObject } from '../../json.js';
import type { Column } from '../../table/column.js';
import { watermarkSchema } from '../../table/watermark.js';
import type { StoredResource } from './contents.js';
import { accepted, parse, parseText, short } from './parse-state.js';
import {
  columnsSchema,
  count,
  flattenedSchema,
  id,
  name,
  schemaName,
  sourceName,
  storedColumnsSchema,
  time,
} from './table-schema.js';

/** A shape of 1,000 levels, the deepest one, is JSON of 3,000 levels. */
const MOST_DEPTH = 3_100;

const resourceSchema = z.object({
  identity: name,
  resource: name,
  schema: schemaName,
  name,
  rows: count,
  loaded_at: z.iso.datetime(),
  staging_id: id.nullable(),
  description: z.string().nullable(),
});

/** A resource's row of the state, with its JSON still as text. */
export interface ResourceTexts {
  readonly identity: unknown;
  readonly resource: unknown;
  readonly schema: unknown;
  readonly name: unknown;
  readonly origin: unknown;
  readonly columns: unknown;
  readonly rows: unknown;
  readonly watermark: unknown;
  readonly loaded_at: unknown;
  readonly staging_id: unknown;
  readonly flattened: unknown;
  readonly description: unknown;
}

const jsonObject: z.ZodType<JsonObject | null> = z
  .custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  .nullable();

/**
 * Reads a row of `_xano.resources`. Throws DATABASE_FAILED for an invalid name of a resource or its table;
 * any other mistake goes to `refused`, since it concerns this resource alone.
 */
export function readResourceState({
  origin,
  columns,
  watermark,
  flattened,
  ...row
}: ResourceTexts): StoredResource {
  const known = accepted(parse(resourceSchema, row, '_xano.resources'));
  const of = ` of "${short(known.resource)}"`;
  const listed = `the list of columns${of}`;
  const parts = {
    origin: parseText(jsonObject, origin, `origin${of}`, 100),
    columns: parseText(storedColumnsSchema.nullable(), columns, listed, MOST_DEPTH),
    watermark: parseText(watermarkSchema.nullable(), watermark, `watermark${of}`, 10),
    flattened: parseText(flattenedSchema.nullable(), flattened, `flattened${of}`, MOST_DEPTH),
  };
  const refused = Object.values(parts).find((part) => part.refused !== undefined)?.refused;
  return {
    ...known,
    origin: parts.origin.data ?? null,
    columns: parts.columns.data ?? [],
    watermark: parts.watermark.data ?? null,
    flattened: parts.flattened.data ?? null,
    // No part of a refused state is used.
    ...(refused === undefined
      ? {}
      : { origin: null, columns: [], watermark: null, flattened: null, refused }),
  };
}

const statusSchema = z.object({
  completeness: z.enum(['proved', 'limited', 'not_provable', 'changed_while_reading', 'incomplete']),
  load_id: id,
  loaded_ms: time,
  rejected: count,
});

/** Reads the fields of a resource that only the status needs. Throws DATABASE_FAILED. */
export function readResourceStatus(row: Readonly<Record<keyof z.infer<typeof statusSchema>, unknown>>) {
  return accepted(parse(statusSchema, row, '_xano.resources'));
}

const keySchema: z.ZodType<string[]> = z.array(sourceName).max(1_000);

/** Reads the primary key of a resource, a JSON list of names. Throws DATABASE_FAILED. */
export function readPrimaryKey(text: unknown): readonly string[] {
  return accepted(parseText(keySchema.nullable(), text, 'primary_key', 2)) ?? [];
}

/** Reads the version of the state. Throws DATABASE_FAILED. */
export function readVersion(value: unknown): number {
  return accepted(parse(z.number().int().min(1).max(1_000_000), value, '_xano.format.version'));
}

const serverSchema = z.object({ url_template: name, page_size: z.number().int().min(1).max(100_000_000) });

/** Reads a row of `_xano.servers`. Throws DATABASE_FAILED. */
export function readServer(row: { readonly url_template: unknown; readonly page_size: unknown }) {
  return accepted(parse(serverSchema, row, '_xano.servers'));
}

const changeSchema = z.object({
  change: z.enum(['column_added', 'column_removed', 'column_retyped', 'table_renamed', 'table_moved_aside']),
  name: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
});
/** The fields of a report that are read again. */
const reportSchema = z.object({
  resources: z
    .array(
      z.object({
        target: z.string(),
        status: z.enum(['loaded', 'failed', 'skipped']),
        rows_written: count.default(0),
        rows_total: count.nullish(),
        schema_changes: z.array(changeSchema).default([]),
        error: z.object({ code: z.string(), message: z.string() }).optional(),
      }),
    )
    .default([]),
  gone: z.array(z.string()).default([]),
});
/** The part of a report that is read after the load. */
export type StoredReport = z.infer<typeof reportSchema>;

const loadSchema = z.object({
  load_id: id,
  started_ms: time,
  finished_ms: time.nullable(),
  status: z.enum(['loaded', 'partial', 'failed', 'interrupted', 'running']),
});

/** Reads a row of `_xano.loads`, with its report as text. Throws DATABASE_FAILED. */
export function readLoadState({
  report,
  ...row
}: Readonly<Record<keyof z.infer<typeof loadSchema> | 'report', unknown>>) {
  const load = accepted(parse(loadSchema, row, '_xano.loads'));
  const what = `the report of load "${short(load.load_id)}"`;
  return { ...load, report: accepted(parseText(reportSchema, report, what, 100)) };
}

/** The progress of a resource in a staging file. */
export interface StoredProgress extends z.infer<typeof progressSchema> {
  readonly resume: Json;
  readonly columns_added: readonly Column[];
}

const progressSchema = z.object({
  rows: count,
  staging_id: id,
  compressed: z.boolean(),
});

/** The reader of a checkpoint validates it; here it only has to be JSON of limited depth. */
const resumeSchema = z.custom<Json>(() => true);

/**
 * Reads a row of staging's `progress`; undefined where no load has written such a row, and the rows are read
 * again.
 */
export function readProgress({
  resume,
  columns_added,
  ...row
}: Readonly<Record<keyof z.infer<typeof progressSchema> | 'resume' | 'columns_added', unknown>>):
  | StoredProgress
  | undefined {
  const progress = parse(progressSchema, row, 'progress').data;
  const next = parseText(resumeSchema, String(resume), 'resume', 100);
  const columns = parseText(columnsSchema.nullable(), columns_added, 'columns_added', MOST_DEPTH);
  if (progress === undefined || next.refused !== undefined || columns.refused !== undefined) return undefined;
  return { ...progress, resume: next.data, columns_added: columns.data ?? [] };
}
