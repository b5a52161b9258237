/** Questions on the terminal, on stderr. The only prompts: whoever has no terminal is never asked. */
import type { Writable } from 'node:stream';
import { type Found, XanoError } from '../../index.js';
import type { Context } from '../context.js';
import { printable } from '../output/text.js';

/** Something to choose. */
export interface Choice {
  readonly value: number;
  readonly label: string;
  /** Stands beside the label while it is pointed at or ticked. */
  readonly hint?: string;
}

/**
 * Whether somebody sits there who can be asked: at a terminal, and neither `--no-input` nor `--json` says
 * otherwise.
 */
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

/**
 * Makes ready to ask at once: what is typed between the words before a question and the question itself would
 * be shown, and a prompt takes a moment to load.
 */
export async function readyToAsk(): Promise<void> {
  await import('@clack/prompts');
}

/**
 * Asks for a secret; nothing of it is shown, not even its length. Throws INTERRUPTED with that sentence when
 * it is left.
 */
export async function askSecret(message: string, context: Context, left: string): Promise<string> {
  const { password } = await import('@clack/prompts');
  return answered(await password({ message, mask: '', ...streamsOf(context) }), left) ?? '';
}

/** Asks whether something is to be done. Throws INTERRUPTED with that sentence when it is left. */
export async function askWhether(message: string, context: Context, left: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  return answered(await confirm({ message: printable(message), ...streamsOf(context) }), left);
}

/** Asks for one of several. Throws INTERRUPTED with that sentence when it is left. */
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
 * Asks which of several, at least one; all of them are ticked before. Throws INTERRUPTED with that sentence
 * when it is left.
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

/** Asks for the instance, where there are several, then for the workspace. */
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

/** The library gives a symbol for a question that was left. */
function answered<T>(answer: T, left: string): Exclude<T, symbol> {
  if (typeof answer === 'symbol')
    throw new XanoError('INTERRUPTED', left, { hint: 'Run the same command again.' });
  // What is no symbol; TypeScript does not narrow a type parameter by it.
  return answer as Exclude<T, symbol>;
}
