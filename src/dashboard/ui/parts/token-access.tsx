/** What the token of the next load may do, once somebody asks: the pages alone never contact Xano. */
import { signal } from '@preact/signals';
import type { AccessAnswer } from '../../answers.js';
import { type Asked, post } from '../server.js';
import type { Tone } from '../words.js';
import { Badge } from './badge.js';
import { FailureNote } from './failure.js';
import { Scroll } from './scroll.js';

const asked = signal<Asked<AccessAnswer> | undefined>(undefined);
const isAsking = signal(false);

async function ask(): Promise<void> {
  isAsking.value = true;
  asked.value = await post<AccessAnswer>('/api/access', {});
  isAsking.value = false;
}

/** A button, and the answer below it. */
export function TokenAccess() {
  const { value } = asked;
  return (
    <>
      <p class="actions access">
        <button type="button" disabled={isAsking.value} onClick={() => void ask()}>
          {isAsking.value ? 'Asking …' : 'Ask Xano what the token may do'}
        </button>
        <span class="quiet small">A few requests that read; the token stays on this computer.</span>
      </p>
      {value !== undefined && 'failure' in value ? <FailureNote failure={value.failure} /> : null}
      {value !== undefined && 'answer' in value ? <Access access={value.answer} /> : null}
    </>
  );
}

const MAY: Readonly<Record<AccessAnswer['commands'][number]['may_run'], { words: string; tone: Tone }>> = {
  yes: { words: 'yes', tone: 'good' },
  partly: { words: 'partly', tone: 'warn' },
  no: { words: 'no', tone: 'bad' },
  unknown: { words: 'not known', tone: 'quiet' },
};
const SCOPES = {
  granted: { words: 'granted', tone: 'good' },
  missing: { words: 'missing', tone: 'bad' },
  unknown: { words: 'not known', tone: 'quiet' },
} as const;

function Access({ access: { accepted, not_checked, scopes, commands } }: { readonly access: AccessAnswer }) {
  if (not_checked !== null)
    return (
      <div class={`note ${accepted === false ? 'bad' : 'warn'}`} role="status">
        <strong>{accepted === false ? 'Xano refuses the token.' : 'Not checked.'}</strong> {not_checked}
      </div>
    );
  return (
    <div class="two">
      <Scroll label="Scopes of the token">
        <table>
          <thead>
            <tr>
              <th scope="col">Scope</th>
              <th scope="col">Read</th>
            </tr>
          </thead>
          <tbody>
            {scopes.map(({ scope, state }) => (
              <tr key={scope}>
                <th scope="row">{scope}</th>
                <td>
                  <Badge {...SCOPES[state]} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <Scroll label="Commands">
        <table>
          <thead>
            <tr>
              <th scope="col">Command</th>
              <th scope="col">May run</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {commands.map(({ command, may_run, reason }) => (
              <tr key={command}>
                <th scope="row">
                  <code>xano {command}</code>
                </th>
                <td>
                  <Badge {...MAY[may_run]} />
                </td>
                <td>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}
