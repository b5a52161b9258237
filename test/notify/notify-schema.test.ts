import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NOTICE_EVENTS, notifySchema } from '../../src/notify/notify-schema.js';
import { mistakeInWords, parseInWords } from '../../src/rest/config/validation-messages.js';

/** The mistakes of receivers in a project, in sentences. */
function mistakes(...notify: readonly unknown[]): readonly string[] {
  const read = parseInWords(z.object({ notify: notifySchema }), { notify });
  return (read.mistakes ?? []).map(mistakeInWords);
}

describe('notifySchema', () => {
  it('reads webhooks with their defaults, and healthchecks', () => {
    expect(
      notifySchema.parse([
        { url: '${HOOK}' },
        { url: '${SLACK_URL}', format: 'slack', on: ['failed', 'recovered', 'failed'] },
        { url: '${HOOK}', format: 'json', secret: '${NOTIFY_SECRET}' },
        { healthcheck: '${HC_URL}' },
      ]),
    ).toEqual([
      { type: 'webhook', url: { env: 'HOOK' }, format: 'json', on: NOTICE_EVENTS, secret: null },
      {
        type: 'webhook',
        url: { env: 'SLACK_URL' },
        format: 'slack',
        on: ['failed', 'recovered'],
        secret: null,
      },
      {
        type: 'webhook',
        url: { env: 'HOOK' },
        format: 'json',
        on: NOTICE_EVENTS,
        secret: { env: 'NOTIFY_SECRET' },
      },
      { type: 'healthcheck', url: { env: 'HC_URL' } },
    ]);
  });

  it('refuses an address or a secret in the file, and repeats neither', () => {
    const url = 'https://hooks.slack.com/services/T000/B000/XXXX';
    expect(mistakes({ url }, { healthcheck: url }, { url: '${HOOK}', secret: 'whsec_MfKQ9r8' })).toEqual([
      'notify[0].url is a text, which would be a secret in a file; expected is a variable of the environment such as ${SLACK_URL}.',
      'notify[1].healthcheck is a text, which would be a secret in a file; expected is a variable of the environment such as ${HC_URL}.',
      'notify[2].secret is a text, which would be a secret in a file; expected is a variable of the environment such as ${NOTIFY_SECRET}.',
    ]);
    expect(mistakes({ url: '${HOOK:-https://example.com/abc}' })).toEqual([
      'notify[0].url is a text, which would be a secret in a file; expected is a variable of the environment such as ${SLACK_URL}.',
    ]);
  });

  it.each([
    [
      { url: '${HOOK}', on: ['fialed'] },
      'notify[0].on[0] found "fialed"; allowed are "failed", "incomplete", "stale", "schema_changed", "rejected", "token_expiring", "recovered"; did you mean "failed"?',
    ],
    [
      { url: '${HOOK}', format: 'slak' },
      'notify[0].format found "slak"; allowed are "json", "slack", "discord", "teams"; did you mean "slack"?',
    ],
    [{ url: '${HOOK}', on: [] }, 'notify[0].on is empty.'],
    [{}, 'notify[0] names no receiver; expected is url or healthcheck.'],
    [
      { url: '${HOOK}', healthcheck: '${HC}' },
      'notify[0] names both url and healthcheck; expected is one of them in each entry.',
    ],
    [
      { url: '${HOOK}', format: 'slack', secret: '${S}' },
      'notify[0].secret needs the format json; this entry has slack, which cannot be signed.',
    ],
    [{ healthcheck: '${HC}', on: ['failed'] }, 'notify[0].on needs url: a healthcheck hears of every load.'],
    [
      { url: '${HOOK}', onn: ['failed'] },
      'notify[0].onn is not a known field; allowed are url, healthcheck, format, on, secret; did you mean "on"?',
    ],
  ])('says in a sentence what is wrong with %j', (entry, sentence) => {
    expect(mistakes(entry)).toEqual([sentence]);
  });

  it('has a JSON Schema for editors', () => {
    expect(z.toJSONSchema(notifySchema, { io: 'input' })).toMatchObject({
      type: 'array',
      items: { type: 'object', additionalProperties: false },
    });
  });
});
