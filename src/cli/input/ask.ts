/** Questions on the terminal, on stderr. Without a terminal, this file asks nothing. */
import type { Writable } from 'node:stream';
import { printable } from '../../hidden-characters.js';
import { type Found, XanoError } from '../../index.js';
import type { Context } from '../context.js';

/** An option to choose. */
export interface Choice {
  readonly value: number;
  readonly label: string;
  /** Shown beside the label while it is highlighted or ticked. */
  readonly hint?: string;
}

/** Whether a user can answer: on a terminal, without `--no-input` and `--json`. */
export function canAsk(
  flags: { readonly input?: boolean; readonly json?: boolean },
  context: Pick<Context, 'stdin' | 'stderr' | 'env'>,
): boolean {
  return (
    flags.input !== false &&
    flags.json !== true &&
    context.stdin.is_terminal &&
    context.stderr.is_terminal &&
    context.env['TERM'] !== 'dumb'
  );
}

/** Loads the prompts before the text of a question: keys typed while they load would be visible. */
export async function readyToAsk(): Promise<void> {
  await import('@clack/prompts');
}

/**
 * Asks for a secret; shows nothing of it, not even its length. Throws INTERRUPTED with that sentence when the
 * user cancels.
 */
export async function askSecret(message: string, context: Context, left: string): Promise<string> {
  const { password } = await import('@clack/prompts');
  return answered(await password({ message, mask: '', ...streamsOf(context) }), left) ?? '';
}

/**
 * Asks for a text, with this one where nothing is typed. Throws INTERRUPTED with that sentence when the user
 * cancels.
 */
export async function askText(
  message: string,
  instead: string,
  context: Context,
  left: string,
): Promise<string> {
  const { text } = await import('@clack/prompts');
  const options = { message: printable(message), placeholder: instead, defaultValue: instead };
  return answered(await text({ ...options, ...streamsOf(context) }), left);
}

/** Asks a yes-or-no question. Throws INTERRUPTED with that sentence when the user cancels. */
export async function askWhether(message: string, context: Context, left: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  return answered(await confirm({ message: printable(message), ...streamsOf(context) }), left);
}

/** Asks for one of several. Throws INTERRUPTED with that sentence when the user cancels. */
export async function askOne(
  message: string,
  choices: readonly Choice[],
  context: Context,
  left: string,
): Promise<number> {
  const { select } = await import('@clack/prompts');
  return answered(await select({ message, options: optionsOf(choices), ...streamsOf(context) }), left);
}

/**
 * Asks for several of many, at least one; all of them are ticked at first. Throws INTERRUPTED with that
 * sentence when the user cancels.
 */
export async function askSome(
  message: string,
  choices: readonly Choice[],
  context: Context,
  left: string,
): Promise<number[]> {
  const { multiselect } = await import('@clack/prompts');
  const options = optionsOf(choices);
  const initialValues = choices.map(({ value }) => value);
  const streams = streamsOf(context);
  return answered(await multiselect({ message, options, initialValues, required: true, ...streams }), left);
}

/** Asks for the instance, if there are several, then for the workspace. */
export async function askWorkspace(listed: readonly Found[], context: Context, left: string): Promise<Found> {
  const instances = listed.map(({ instance: { name, display } }, value) => ({
    value,
    label: display === '' || display === name ? name : `${display} (${name})`,
  }));
  const chosen = instances.length === 1 ? 0 : await askOne('Which instance?', instances, context, left);
  const { instance, workspaces } = listed[chosen]!;
  const names = workspaces.map(({ id, name, description }) => ({
    value: id,
    label: `${name} (${id})`,
    ...(description === '' ? {} : { hint: description }),
  }));
  const id = names.length === 1 ? names[0]!.value : await askOne('Which workspace?', names, context, left);
  return { instance, workspaces: workspaces.filter((workspace) => workspace.id === id) };
}

const optionsOf = (choices: readonly Choice[]) =>
  choices.map(({ value, label, hint }) => ({
    value,
    label: printable(label),
    ...(hint === undefined ? {} : { hint: printable(hint) }),
  }));

function streamsOf(context: Context) {
  return {
    input: context.stdin.stream,
    output: context.stderr.stream as Writable,
    signal: context.signal,
  };
}

/** The library returns a symbol for a cancelled question. */
function answered<T>(answer: T, left: string): Exclude<T, symbol> {
  if (typeof answer === 'symbol')
    throw new XanoError('INTERRUPTED', left, { hint: 'Run the same command again.' });
  // The value is not a symbol; TypeScript does not narrow a type parameter by that test.
  return answer as Exclude<T, symbol>;
}
