/** Takes secrets out of what programs say: DuckDB repeats the text that it was given. Pure. */

const CUT = '[redacted]';

/** A text without these secrets, as they are or as an address spells them. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const spelled = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    secret.split("'").join("''"),
  ]);
  // The longest first: one may be a part of another.
  const all = [...new Set(spelled)].filter((secret) => secret !== '').toSorted((a, b) => b.length - a.length);
  return all.reduce((cut, secret) => cut.replaceAll(secret, CUT), text);
}

/** The same failure without these secrets: its message, and those of its causes. */
export function failureWithoutSecrets(thrown: unknown, secrets: readonly string[]): Error {
  const { message, cause } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new Error(withoutSecrets(message, secrets), {
    ...(cause === undefined ? {} : { cause: failureWithoutSecrets(cause, secrets) }),
  });
}
