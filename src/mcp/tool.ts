/** A tool of the server: a name, schemas of its input and output, and what it does. */
import type { z } from 'zod';

/** What a client may know about a tool before it calls it. */
export interface ToolHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  /** Whether it asks a server, Xano's. */
  readonly openWorldHint: boolean;
}

/** One call. */
export interface Call {
  /** Aborted when the client cancels the call, or leaves. */
  readonly signal: AbortSignal;
  /** Tells the client how far the call is. */
  readonly progress: (progress: number, total: number | undefined, message: string) => void;
}

/** A tool, for any input. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly hints: ToolHints;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /**
   * What a person is asked before the tool runs, where the client can ask one; undefined where nobody needs
   * to be asked. Throws XanoError.
   */
  readonly question?: (input: unknown, call: Call) => Promise<string | undefined>;
  /** Throws XanoError. */
  readonly run: (input: unknown, call: Call) => Promise<object>;
}

/** Hints of a tool that reads the loaded file and nothing else. */
export const READS: ToolHints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Makes a tool of a function of its parsed input. */
export function tool<I extends z.ZodObject, O extends z.ZodObject>(
  of: Omit<Tool, 'run' | 'question' | 'input' | 'output'> & {
    readonly input: I;
    readonly output: O;
    readonly question?: (input: z.infer<I>, call: Call) => Promise<string | undefined>;
    readonly run: (input: z.infer<I>, call: Call) => Promise<z.infer<O>>;
  },
): Tool {
  const { question, ...rest } = of;
  return {
    ...rest,
    ...(question === undefined
      ? {}
      : { question: (given: unknown, call: Call) => question(of.input.parse(given), call) }),
    run: (given, call) => of.run(of.input.parse(given), call),
  };
}
