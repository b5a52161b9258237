/** The prompts of the server: questions that people ask often, with the tools that answer them. */
import { z } from 'zod';

/** One prompt. */
export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  /** What the person asks, in the words that a model reads. */
  readonly text: (input: unknown) => string;
}

const about = (description: string) =>
  z.object({ about: z.string().max(2000).optional().describe(description) });

const TABLE = about('a table; default all');

function prompt(
  name: string,
  title: string,
  description: string,
  input: ReturnType<typeof about>,
  text: (of: string | undefined) => string,
): Prompt {
  return { name, title, description, input, text: (given) => text(input.parse(given ?? {}).about) };
}

/** The prompts that a client is offered. */
export const PROMPTS: readonly Prompt[] = [
  prompt(
    'explore',
    'Explore the data',
    'Find out what the tables hold, or answer a question about them.',
    about('a question; default an overview'),
    (question) =>
      `${question ?? 'Give me an overview of the data: what the tables hold, how they belong together, and three questions that they could answer.'}

Call xano_schema first, then xano_query with SQL that aggregates. Say when the tables were loaded, and whether their rows are proved to be complete.`,
  ),
  prompt(
    'why_did_it_fail',
    'Why did it fail',
    'Find out why tables are not fresh or not complete.',
    TABLE,
    (table) =>
      `Why ${table === undefined ? 'are tables' : `is the table "${table}"`} not fresh or not complete?

Call xano_status, then xano_history for each table that failed. Read the resource xano://docs/commands for the meaning of an error code. Tell me the cause, and the command that I should run.`,
  ),
  prompt(
    'what_changed',
    'What changed',
    'Show what the last loads changed: rows, columns and tables.',
    TABLE,
    (table) =>
      `What changed ${table === undefined ? 'in the last loads' : `in the table "${table}"`}?

Call xano_status for rows_change and schema_changes, and xano_history for a table over time. List changes of columns first.`,
  ),
];
