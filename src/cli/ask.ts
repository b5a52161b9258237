/** Questions on the terminal, on stderr. The only prompts: whoever has no terminal is never asked. */
import type { Writable } from 'node:stream';
import { type Found, XanoError } from '../index.js';
import type { Context } from './context.js';
import { count, counted, printable } from './text.js';

/** Something to choose. */
export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  /** Stands beside the label while it is pointed at. */
  readonly hint?: string;
}

/** Whether somebody sits there who can be asked: at a terminal, and neither `--no-input` nor `--json` says otherwise. */
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

/** Asks for a secret; nothing of it is shown, not even its length. Throws INTERRUPTED with that sentence when it is left. */
export async function askSecret(message: string, context: Context, left: string): Promise<string> {
  const { password } = await import('@clack/prompts');
  return answered(await password({ message, mask: '', ...streamsOf(context) }), left) ?? '';
}

/** Asks for one of several. Throws INTERRUPTED with that sentence when it is left. */
async function askOne<T extends string | number>(
  message: string,
  choices: readonly Choice<T>[],
  context: Context,
  left: string,
): Promise<T> {
  const { select } = await import('@clack/prompts');
  const options = choices.map(({ value, label, hint }) => ({
    value: String(value),
    label: printable(label),
    ...(hint === undefined ? {} : { hint: printable(hint) }),
  }));
  const told = await select({ message, options, ...streamsOf(context) });
  const answer = answered(told, left);
  return choices.find(({ value }) => String(value) === answer)!.value;
}

/** Asks which of several, at least one; all of them are ticked before. Throws INTERRUPTED with that sentence when it is left. */
export async function askSome<T extends number>(
  message: string,
  choices: readonly Choice<T>[],
  context: Context,
  left: string,
): Promise<T[]> {
  const { multiselect } = await import('@clack/prompts');
  const options = choices.map(({ value, label }) => ({ value: String(value), label: printable(label) }));
  const initialValues = options.map(({ value }) => value);
  const told = await multiselect({ message, options, initialValues, required: true, ...streamsOf(context) });
  const answer = new Set(answered(told, left));
  return choices.flatMap(({ value }) => (answer.has(String(value)) ? [value] : []));
}

/** Asks for the instance, where there are several, then for the workspace. */
export async function askWorkspace(found: readonly Found[], context: Context, left: string): Promise<Found> {
  const instances = found.map(({ instance: { name, display }, workspaces }, value) => ({
    value,
    label: display === '' || display === name ? name : `${display} (${name})`,
    hint: counted(workspaces.length, 'workspace'),
  }));
  const chosen = instances.length === 1 ? 0 : await askOne('Which instance?', instances, context, left);
  const { instance, workspaces } = found[chosen]!;
  const names = workspaces.map(({ id, name, description }) => ({
    value: id,
    label: `${name} (${id})`,
    ...(description === '' ? {} : { hint: description }),
  }));
  const id = names.length === 1 ? names[0]!.value : await askOne('Which workspace?', names, context, left);
  return { instance, workspaces: workspaces.filter((workspace) => workspace.id === id) };
}

/** Names with figures that line up behind them, as far as the terminal is wide enough. */
export function withFigures(
  entries: readonly { readonly id: number; readonly name: string; readonly rows: number | undefined }[],
  columns: number,
): Choice<number>[] {
  const figures = entries.map(({ rows }) => (rows === undefined ? '?' : count(rows)));
  const room = columns - 12 - Math.max(...figures.map((figure) => figure.length));
  const longest = Math.max(...entries.map(({ name }) => widthOf(name)));
  return entries.map(({ id, name }, i) => {
    const padding = longest > room ? '' : ' '.repeat(longest - widthOf(name));
    const figure =
      longest > room ? figures[i]! : figures[i]!.padStart(Math.max(...figures.map((one) => one.length)));
    return { value: id, label: `${name}${padding}  ${figure} ${figures[i] === '1' ? 'row' : 'rows'}` };
  });
}

/** Columns that a name takes on a terminal, near enough: what lies beyond the alphabets is two wide. */
const widthOf = (name: string): number =>
  [...name].reduce(
    (sum, character) =>
      sum +
      (/\p{Extended_Pictographic}|\p{sc=Han}|\p{sc=Hiragana}|\p{sc=Katakana}|\p{sc=Hangul}/u.test(character)
        ? 2
        : 1),
    0,
  );

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
