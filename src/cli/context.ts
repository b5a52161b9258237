/** The environment of a command: streams, variables, clock, signal. Tests bring their own. */
import type { Readable, Writable } from 'node:stream';
import type { SessionContext } from '../session/context.js';

/** A stream to write to, and its terminal's properties. */
export interface Output {
  readonly stream: Writable;
  readonly is_terminal: boolean;
  /** Characters in a line; undefined if unknown. */
  readonly columns: () => number | undefined;
  /** Lines of the terminal; undefined if unknown. */
  readonly rows: () => number | undefined;
}

/** Everything a command may access beside the library. */
export interface Context extends SessionContext {
  /** How to start this program again: Node, its options, the script. Undefined where that is not possible. */
  readonly program?: readonly string[];
  /** Words after the program's name. */
  readonly argv: readonly string[];
  readonly stdin: { readonly stream: Readable; readonly is_terminal: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Calls a function once after this time. Returns the way to cancel it. */
  readonly alarm: (ms: number, ring: () => void) => () => void;
  /** A number from 0 to below 1. Without it, that of JavaScript. */
  readonly random?: () => number;
  /** Does this once the command has printed everything, an error among it. */
  readonly later?: (work: () => Promise<void>) => void;
  /** Frees unused memory now. Without it, V8 decides when. */
  readonly collectGarbage?: () => void;
}

/** Where a command stores its exit status. */
export type Finish = (status: number) => void;
