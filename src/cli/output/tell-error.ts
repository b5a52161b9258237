/** Prints the error of a command. */
import { printable } from '../../hidden-characters.js';
import type { XanoError } from '../../index.js';
import type { Context } from '../context.js';

/** On stderr, and in the log of a load; if stderr is the log, the error is one of its lines. */
export async function tellError(context: Context, error: XanoError): Promise<void> {
  const { errorReport } = await import('../../index.js');
  const { logError, logPlaceOf } = await import('../commands/load/log.js');
  const log = logPlaceOf(context);
  if (log !== undefined) logError(log, errorReport(error), context);
  if (log !== undefined && log.file === undefined) return;
  await printError(context, error);
  if (context.argv.includes('--debug')) await printCause(context, error);
}

async function printError(context: Context, error: XanoError): Promise<void> {
  const { wrapped } = await import('./output.js');
  for (const line of [
    `Error: ${printable(error.message)}`,
    ...error.details.map((detail) => `  ${printable(detail)}`),
    `  ${printable(error.hint)}`,
    `  Code: ${error.code}`,
  ])
    context.stderr.stream.write(`${wrapped(line, context.stderr)}\n`);
}

/**
 * The addition of `--debug`: the request, without credentials, and the causes by name and message alone,
 * since they may hold headers.
 */
async function printCause(context: Context, error: XanoError): Promise<void> {
  const { jsonText, oneLine } = await import('./text.js');
  if (error.request !== undefined)
    context.stderr.stream.write(`  Request: ${oneLine(jsonText(error.request))}\n`);
  let cause: unknown = error.cause;
  for (let depth = 0; cause !== undefined && cause !== null && depth < 5; depth++) {
    const known: Error | undefined = cause instanceof Error ? cause : undefined;
    context.stderr.stream.write(
      `  Cause: ${printable(known === undefined ? String(cause) : `${known.name}: ${known.message}`)}\n`,
    );
    cause = known?.cause;
  }
}
