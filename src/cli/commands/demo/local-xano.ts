/** What the demo does with the Xano that it starts: connect to it, keep it running, show what was loaded. */
import type { Connection } from '../../../session/connect.js';
import { httpFor } from '../../../session/http.js';
import type { Context } from '../../context.js';
import type { Printer } from '../../output/output.js';
import { programName, shellWord } from '../../output/text.js';
import { untilStopped } from '../../until-stopped.js';

/** A Xano on this computer. */
type Running = Awaited<ReturnType<typeof import('../../../index.js').startLocalXano>>;

/** The connection of a load from it. */
export function connectionTo(xano: Running, context: Context): Connection {
  const status = { state: 'valid', expires_at: null, basis: 'none' } as const;
  const source = 'the local Xano';
  const http = httpFor(() => ({ value: xano.token, source, expires_at: null }), context);
  return {
    token: {
      value: xano.token,
      ref: { env: 'XANO_TOKEN' },
      kind: 'flag',
      source,
      status,
      recorded: undefined,
      profile: undefined,
      place: {},
    },
    ending: () => ({ source, status }),
    choose: undefined,
    http,
    find_secret: () => ({ value: xano.token, source, expires_at: null }),
    account_origin: xano.account_origin,
    instance: xano.instances[0]?.name,
    workspace: undefined,
    data_source: undefined,
  };
}

/** Shows the result as `xano dashboard` does, with the token of the local Xano. */
export async function showDashboard(
  to: string,
  { color }: { readonly color?: boolean },
  xano: Running,
  context: Context,
): Promise<number> {
  const { dashboard } = await import('../dashboard/dashboard.js');
  const { program, cwd } = context;
  const env = { ...context.env, XANO_TOKEN: xano.token, XANO_ACCOUNT_ORIGIN: xano.account_origin };
  const of_shop = { dataset: 'shop', workspace: 'Shop', instance: xano.instances[0]?.name ?? '' };
  const options = Object.entries({ to, ...of_shop }).map(([name, value]) => `--${name}=${value}`);
  const flags = { to, ...of_shop, open: true, ...(color === undefined ? {} : { color }) };
  const loads = program === undefined ? null : { command: program, options, env, cwd };
  return dashboard(flags, { ...context, env }, loads);
}

/** Says how to reach the local Xano, and keeps it running until it is stopped. Returns the exit status. */
export async function serve(xano: Running, context: Context, printer: Printer): Promise<number> {
  printer.result(`A Xano runs on this computer until you press Ctrl-C. In another terminal:`);
  const { SHOP_LOGIN } = await import('../../../index.js');
  const program = programName(context);
  const [shop] = xano.instances;
  printer.result('');
  for (const line of [
    `export XANO_ACCOUNT_ORIGIN=${xano.account_origin}`,
    `export XANO_TOKEN=${xano.token}`,
    program,
    `${program} discover`,
    `${program} load --instance ${shop?.name ?? ''} --workspace Shop`,
  ])
    printer.verbatim(`  ${line}`);
  printer.result('');
  printer.result(
    'For endpoints of API groups that need a login, set XANO_API_TOKEN to the authToken of this response:',
  );
  printer.result('');
  printer.verbatim(
    `  curl ${shop?.origin ?? ''}${SHOP_LOGIN.path} --json ${shellWord(JSON.stringify(SHOP_LOGIN.body))}`,
  );
  await untilStopped(context.signal);
  return 0;
}
