/**
 * References to secrets, and the secrets they lead to: a config names where a secret is, never the secret
 * itself.
 */
import { z } from 'zod';

/** A secret and its source; `source` is safe to print, `value` is not. */
export interface Secret {
  readonly value: string;
  readonly source: string;
  /** ISO 8601, or null if unknown or never. */
  readonly expires_at: string | null;
}

/**
 * Finds the secret of a reference, or undefined. `fresh`: the known one was refused, so the source is read
 * again: a file or a program may hold another one by now.
 */
export type FindSecret = (ref: SecretRef, options?: { readonly fresh?: boolean }) => Secret | undefined;

/**
 * Why a secret may not have a default (`${NAME:-x}`), as the rest of a sentence; undefined for any other
 * text.
 */
export function defaultOfSecret(text: unknown): string | undefined {
  const [, name] = (typeof text === 'string' && /^\$\{([A-Za-z_]\w*):?[-+]/.exec(text)) || [];
  return name === undefined
    ? undefined
    : `contains a default, which would be a secret in a file: write \${${name}} and set ${name}`;
}

/** Where a secret is found, never the secret itself: `${NAME}` is short for `{ env: NAME }`. */
export const secretRefSchema = z.union([
  z
    .string()
    .regex(/^\$\{[A-Za-z_]\w*(:?\?[^{}]*)?\}$/, {
      error: ({ input }) =>
        defaultOfSecret(input) ??
        'must be a variable, such as ${XANO_API_TOKEN}, or { env: NAME }, never the secret itself',
    })
    .transform((text) => ({ env: /\w+/.exec(text)![0] })),
  z.strictObject({ env: z.string().min(1).describe('the environment variable that holds it') }),
  z.strictObject({ profile: z.string().min(1).describe('the profile that holds it') }),
]);

/** Where a secret is found, never the secret itself. */
export type SecretRef = z.infer<typeof secretRefSchema>;
