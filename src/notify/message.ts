/** A notice as each kind of webhook reads it. Pure. */
import { createHmac } from 'node:crypto';
import type { NoticeFormat } from './notify-schema.js';
import type { Finding } from './observe.js';

/** A notice with its circumstances. */
export interface Notice extends Finding {
  readonly project: string;
  /** Without secrets. */
  readonly destination: string;
  readonly dataset: string;
  readonly load_id: string | null;
  /** The same in every try. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A notice in one sentence. */
export function sentenceOf({
  project,
  event,
  sentence,
}: Pick<Notice, 'project' | 'event' | 'sentence'>): string {
  return `xano ${event}: ${project}: ${sentence}`;
}

/** Discord's longest message, in characters. */
const MOST_DISCORD = 2000;

/** Characters that Markdown gives a meaning: a table's name stays a name. */
const asMarkdown = (text: string): string => text.replace(/[\\*_~`|>[\]#]/g, '\\$&');

const BODIES: Readonly<Record<NoticeFormat, (notice: Notice) => object>> = {
  json: ({ event, project, destination, dataset, load_id, sentence, tables, at }) => ({
    type: `load.${event}`,
    timestamp: new Date(at).toISOString(),
    data: { event, project, destination, dataset, load_id, message: sentence, tables },
  }),
  // https://docs.slack.dev/messaging/formatting-message-text: three characters are control characters.
  slack: (notice) => ({
    text: sentenceOf(notice).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  }),
  // A name such as @everyone calls nobody.
  discord: (notice) => ({
    content: asMarkdown(sentenceOf(notice)).slice(0, MOST_DISCORD),
    allowed_mentions: { parse: [] },
  }),
  // A workflow of Teams takes a message with an Adaptive Card.
  teams: (notice) => ({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            {
              type: 'TextBlock',
              weight: 'Bolder',
              wrap: true,
              text: asMarkdown(`xano ${notice.event}: ${notice.project}`),
            },
            { type: 'TextBlock', wrap: true, text: asMarkdown(notice.sentence) },
          ],
        },
      },
    ],
  }),
};

/** The body of a notice. */
export function bodyOf(notice: Notice, format: NoticeFormat): string {
  return JSON.stringify(BODIES[format](notice));
}

/**
 * The headers of a notice as Standard Webhooks have them (https://www.standardwebhooks.com): `whsec_` and
 * base64 is the usual form of a secret. Undefined for a secret that is not base64.
 */
export function signedHeaders(
  { id, at }: Pick<Notice, 'id' | 'at'>,
  body: string,
  secret: string | null,
): Readonly<Record<string, string>> | undefined {
  const timestamp = String(Math.floor(at / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === null) return headers;
  const text = secret.replace(/^whsec_/, '');
  if (!/^[A-Za-z0-9+/]{8,}={0,2}$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}
