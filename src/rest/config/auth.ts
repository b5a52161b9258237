/** The kinds of authorization that a config can name. */
import { z } from 'zod';
import type { JsonObject } from '../../json.js';
import { loginMistakes, namedSecrets } from './login-body.js';
import { safeUrl } from './safe-url.js';
import { secretRefSchema } from './secret-ref.js';

const json: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/** A header's name, as HTTP spells them. */
export const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'is not a valid header name' });

/** A user name that is no secret, such as `api`. */
const constant = z
  .string()
  .min(1)
  .refine((text) => !text.includes('${'), {
    error: 'must be a name, or the variable that holds it, such as ${API_USER}',
  });

/** How requests of an endpoint are authorized. */
export const authSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('bearer'), token: secretRefSchema }),
  z
    .strictObject({
      type: z.literal('api_key'),
      name: z.string().min(1).describe('name of the header or query parameter'),
      in: z.enum(['header', 'query']),
      key: secretRefSchema,
    })
    .refine((auth) => auth.in === 'query' || headerName.safeParse(auth.name).success, {
      path: ['name'],
      error: 'is not a valid header name',
    }),
  z
    .strictObject({
      type: z.literal('basic'),
      username: z.union([secretRefSchema, constant]).optional().describe('absent: empty'),
      password: secretRefSchema.optional().describe('absent: empty'),
    })
    .refine(({ username, password }) => password !== undefined || typeof username === 'object', {
      path: ['username'],
      error: 'must be a variable such as ${API_KEY} when no password is given, because it is the secret',
    }),
  z.strictObject({ type: z.literal('custom_header'), name: headerName, value: secretRefSchema }),
  z.strictObject({
    type: z.literal('oauth2_client_credentials'),
    token_url: safeUrl,
    client_id: secretRefSchema,
    client_secret: secretRefSchema,
    scope: z.string().min(1).optional(),
    params: z
      .record(z.string(), z.string())
      .default({})
      .describe('additional fields of the token request, such as audience'),
    credentials_in: z
      .enum(['form', 'basic'])
      .default('form')
      .describe('where to send id and secret: in the form, or in a Basic header'),
  }),
  z
    .strictObject({
      type: z.literal('login'),
      url: safeUrl.describe('URL that returns a token for a POST of the body'),
      body: json
        .transform(namedSecrets)
        .describe(
          'its fields, such as email and password: ${NAME}, { env: NAME } or { profile: NAME } for a secret, constants, objects and lists',
        ),
      body_as: z.enum(['json', 'form']).optional().describe('format of the body; absent: JSON'),
      headers: z
        .record(headerName, z.string())
        .optional()
        .describe('headers of the token request; ${NAME} is an environment variable'),
      token_path: z.string().min(1).optional().describe('path of the token in the answer'),
      token_header: headerName.optional().describe('header of the answer that holds the token instead'),
      expires_in_path: z
        .string()
        .min(1)
        .optional()
        .describe('path of the token lifetime in seconds; the token is renewed before it expires'),
    })
    .superRefine((login, context) => {
      for (const { path, message } of loginMistakes(login))
        context.addIssue({ code: 'custom', path: [...path], message });
    }),
]);

/** How requests of an endpoint are authorized. */
export type Auth = z.infer<typeof authSchema>;
