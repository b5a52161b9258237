/** The kinds of pagination that a config can name. */
import { z } from 'zod';

const paramLocation = z.enum(['query', 'body']).default('query');

const totalPath = z
  .string()
  .optional()
  .describe('path of the total count in the answer; empty: the answer has no count');

const paginations = [
  z.strictObject({ type: z.literal('single_page'), total_path: totalPath }),
  z.strictObject({
    type: z.literal('page_number'),
    in: paramLocation,
    page_param: z.string().min(1).default('page'),
    base_page: z.int().min(0).default(1),
    page_size_param: z.string().min(1).default('per_page'),
    page_size: z.int().min(1).default(100),
    inside: z
      .string()
      .min(1)
      .optional()
      .describe('the parameter whose JSON object holds page_param and page_size_param, such as external'),
    next_page_path: z
      .string()
      .optional()
      .describe('path of the next page number in the answer; null ends the list'),
    total_pages_path: z.string().optional(),
    total_path: totalPath,
  }),
  z.strictObject({
    type: z.literal('offset'),
    in: paramLocation,
    offset_param: z.string().min(1).default('offset'),
    limit_param: z.string().min(1).default('limit'),
    limit: z.int().min(1).default(100),
    total_path: totalPath,
  }),
  z
    .strictObject({
      type: z.literal('cursor'),
      in: paramLocation,
      cursor_param: z.string().min(1).default('cursor'),
      cursor_path: z
        .string()
        .min(1)
        .describe(
          'path of the next cursor in the answer; null, an empty text or a missing field ends the list',
        ),
      page_size_param: z.string().min(1).optional(),
      page_size: z.int().min(1).optional(),
      total_path: totalPath,
    })
    .refine((cursor) => (cursor.page_size_param === undefined) === (cursor.page_size === undefined), {
      path: ['page_size'],
      error: 'page_size and page_size_param must be set together',
    }),
  z.strictObject({ type: z.literal('header_link'), total_path: totalPath }),
  z.strictObject({
    type: z.literal('json_link'),
    next_url_path: z
      .string()
      .min(1)
      .describe('path of the next URL in the answer; null or a missing field ends the list'),
    total_path: totalPath,
  }),
  z.strictObject({
    type: z.literal('keyset'),
    key: z.string().min(1).describe('the column whose values order the pages'),
    order: z.literal('asc'),
    page_param: z.string().min(1),
    page_size_param: z.string().min(1),
    page_size: z.int().min(1),
    max_page_size: z
      .int()
      .min(1)
      .optional()
      .describe(
        'page size may grow from page_size to this, as long as the server accepts it and answers stay small',
      ),
    sort_param: z.string().min(1).describe('body field that takes { key: order }'),
    filter_param: z.string().min(1).describe('body field that takes the list of conditions'),
    after: z.string().min(1).describe('condition for: key greater than'),
    before: z.string().min(1).describe('condition for: key less than'),
    next_page_path: z.string().optional(),
    total_path: z.string().optional().describe('path of the count of matching records in the answer'),
  }),
] as const;

/** How to request the next page of an endpoint. */
export const paginationSchema = z.discriminatedUnion('type', paginations);

const anyPaginationSchema = z.discriminatedUnion('type', [
  ...paginations,
  z.strictObject({ type: z.literal('auto').describe('detected from the first answers') }),
]);

/** The same, or `auto` for detection; a bare type where the other fields have defaults. */
export const givenPaginationSchema = z.union([
  z
    .enum(['auto', 'page_number', 'offset', 'single_page', 'header_link'])
    .transform((type) => anyPaginationSchema.parse({ type })),
  anyPaginationSchema,
]);

/** How to request the next page of an endpoint. */
export type Pagination = z.infer<typeof paginationSchema>;
