/** The client of a command: it names this program, stops when the user does, and explains a refused token. */
import {
  amended,
  asXanoError,
  createHttp,
  describeXano,
  type FindSecret,
  type Http,
  interpretRefusal,
  notAnAccessToken,
  type SecretRef,
  XanoError,
} from '../index.js';
import { type SessionContext, steadyClock } from './context.js';
import { stopReason } from './stop-reason.js';
import { VERSION } from './version.js';

/** An HTTP client that names this program and stops when the user does. */
export function httpFor(
  find_secret: FindSecret,
  context: SessionContext,
  refresh_secret?: (ref: SecretRef) => Promise<void>,
): Http {
  const { signal } = context;
  const http = createHttp({
    user_agent: `xano-connector/${VERSION}`,
    find_secret,
    refresh_secret,
    clock: { now: context.now, steady: steadyClock(context), sleep: context.sleep },
    interpret: interpretRefusal,
    describe: describeXano,
    env: context.env,
    signal,
    servers: context.servers,
  });
  return {
    ...http,
    send: async (...asked) => {
      try {
        return await http.send(...asked);
      } catch (thrown) {
        // No listener on the signal: it would outlive every client that is made here.
        if (signal.aborted && !(thrown instanceof XanoError)) throw stopReason(signal, 'Stopped.');
        throw thrown;
      }
    },
  };
}

/** Adds to the refusal of a token what kind of text it looks like instead of an access token. */
export function withTokenHints(http: Http, source: string, inUse: () => string): Http {
  return {
    ...http,
    send: async (request, auth, accept, sender) => {
      try {
        return await http.send(request, auth, accept, sender);
      } catch (thrown) {
        const error = asXanoError(thrown);
        // Other tokens, of API groups or other servers, need not look like Xano's.
        const isOurs =
          auth.type === 'bearer' &&
          ('profile' in auth.token || auth.token.env === 'XANO_TOKEN') &&
          describeXano(new URL(request.url), auth) !== undefined;
        const what = error.code === 'TOKEN_REJECTED' && isOurs ? notAnAccessToken(inUse()) : undefined;
        if (what === undefined) throw thrown;
        throw amended(error, {
          message: `Xano does not accept the token from ${source}: it ${what}.`,
          hint: 'Create an access token in Xano (Instances → Metadata API → Access Tokens) and copy all of it.',
          cause: error,
        });
      }
    },
  };
}
