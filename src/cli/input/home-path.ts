/**
 * Expands paths that begin with `~`: a shell does not expand them in quotes and after `--to=`, and cron's
 * environment never passes a shell.
 */
import { join } from 'node:path';
import type { Context } from '../context.js';

/** The environment variables that hold paths. */
const PATH_VARIABLES = ['XANO_TOKEN_FILE', 'XANO_CONFIG_DIR', 'XANO_CONFIG'];

/** A path with the user's home folder for `~` in front; `./~` is a folder of that name. */
export function homePath(path: string, { home }: Pick<Context, 'home'>): string {
  return path === '~' || /^~[/\\]/.test(path) ? join(home, path.slice(1)) : path;
}

/** A context whose environment variables have expanded paths. */
export function withHomePaths(context: Context): Context {
  const expanded = PATH_VARIABLES.flatMap((name) => {
    const value = context.env[name];
    return value?.startsWith('~') === true ? [[name, homePath(value, context)] as const] : [];
  });
  if (expanded.length === 0) return context;
  return { ...context, env: { ...context.env, ...Object.fromEntries(expanded) } };
}
