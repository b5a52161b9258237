/** Who hears of loads: the `notify` of a project's file. */
import { z } from 'zod';

/** What a notice can be about. */
export const NOTICE_EVENTS = [
  'failed',
  'incomplete',
  'stale',
  'schema_changed',
  'rejected',
  'token_expiring',
  'recovered',
] as const;

/** What a notice is about. */
export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** How a webhook reads a notice. */
const NOTICE_FORMATS = ['json', 'slack', 'discord', 'teams'] as const;

/** How a webhook reads a notice. */
export type NoticeFormat = (typeof NOTICE_FORMATS)[number];

/** A variable of the environment that holds a secret. */
export interface SecretVariable {
  readonly env: string;
}

/** A webhook, with the name of the variable that holds its address. */
export interface Webhook {
  readonly type: 'webhook';
  readonly url: SecretVariable;
  readonly format: NoticeFormat;
  readonly on: readonly NoticeEvent[];
  /** Signs notices as Standard Webhooks; null: they are not signed. */
  readonly secret: SecretVariable | null;
}

/** A dead man's switch: it hears of the start and the end of each load. */
export interface Healthcheck {
  readonly type: 'healthcheck';
  readonly url: SecretVariable;
}

/** Somebody who hears of loads. */
export type Receiver = Webhook | Healthcheck;

/** A reference such as `${SLACK_URL}`. The text itself may be a secret, so that no message repeats it. */
const variable = (example: string) =>
  z
    .string()
    .regex(/^\$\{[A-Za-z_]\w*\}$/, {
      error: `is a text, which would be a secret in a file; expected is a variable of the environment such as \${${example}}`,
    })
    .transform((text): SecretVariable => ({ env: text.slice(2, -1) }));

const receiverSchema = z
  .strictObject({
    url: variable('SLACK_URL').optional().describe('a webhook: a variable such as ${SLACK_URL}'),
    healthcheck: variable('HC_URL')
      .optional()
      .describe('pinged at the start and the end of each load: a variable such as ${HC_URL}'),
    format: z.enum(NOTICE_FORMATS).optional().describe('how the webhook reads notices; default json'),
    on: z.array(z.enum(NOTICE_EVENTS)).min(1).optional().describe('what notices are about; default: all'),
    secret: variable('NOTIFY_SECRET')
      .optional()
      .describe('with json: signs notices as Standard Webhooks; a variable such as ${NOTIFY_SECRET}'),
  })
  .superRefine(({ url, healthcheck, format = 'json', on, secret }, context) => {
    const mistake = (message: string, ...path: string[]): void =>
      context.addIssue({ code: 'custom', message, path });
    if (url === undefined && healthcheck === undefined)
      return mistake('names no receiver; expected is url or healthcheck');
    if (url !== undefined && healthcheck !== undefined)
      return mistake('names both url and healthcheck; expected is one of them in each entry');
    if (secret !== undefined && format !== 'json')
      mistake(`needs the format json; this entry has ${format}, which cannot be signed`, 'secret');
    if (url === undefined)
      for (const [name, value] of Object.entries({
        format: format === 'json' ? undefined : format,
        on,
        secret,
      }))
        if (value !== undefined) mistake('needs url: a healthcheck hears of every load', name);
    return undefined;
  });

/**
 * The `notify` of a project: a list of webhooks and healthchecks. Addresses and secrets are variables of the
 * environment, `${NAME}`; nothing else is accepted, since both are secrets.
 */
export const notifySchema = z.array(receiverSchema).transform((entries): Receiver[] =>
  entries.map(({ url, healthcheck, format = 'json', on = NOTICE_EVENTS, secret = null }) =>
    healthcheck === undefined
      ? // The rule above: an entry without healthcheck has url.
        { type: 'webhook', url: url!, format, on: [...new Set(on)], secret }
      : { type: 'healthcheck', url: healthcheck },
  ),
);
