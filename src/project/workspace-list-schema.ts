/** The list of many workspaces: `xano load --workspaces FILE`. */
import { z } from 'zod';
import { isJsonObject } from '../json.js';
import { isXanoAddress } from '../session/project-addresses.js';
import { type Contradiction, contradictionsOf, sourceFields } from './project-schema.js';

const VARIABLE = /^\$\{([A-Za-z_]\w*)\}$/;

/** The variable that a token is read from. The sentence never holds the text: it may be the token. */
const tokenVariable = z
  .string({ error: () => 'found no text; allowed is a variable, such as ${ACME_TOKEN}' })
  .regex(VARIABLE, {
    error: () =>
      'holds a text that may be a token; allowed is a variable of the environment, such as ${ACME_TOKEN}',
  })
  .transform((text) => VARIABLE.exec(text)![1]!);

const text = z.string().min(1);

const instance = text.refine((given) => !given.includes('://') || isXanoAddress(given), {
  error: ({ input }) =>
    `found ${JSON.stringify(input)}, which is not an address of Xano; allowed is the name of an instance, or a profile that has the address`,
});

/** Where a token may come from: one of these. */
const TOKEN_SOURCES = ['profile', 'token', 'token_file', 'token_command'] as const;

const entrySchema = z
  .strictObject({
    ...sourceFields,
    instance: instance.optional(),
    token: tokenVariable.optional(),
    token_file: text.optional(),
    token_command: text.optional(),
  })
  .superRefine((entry, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    const [first, ...others] = TOKEN_SOURCES.filter((field) => entry[field] !== undefined);
    for (const field of others) issue(field, `excludes ${first}: keep one of the two`);
    for (const { path, message } of contradictionsOf(entry, []))
      context.addIssue({ code: 'custom', path: [...path], message });
    if (entry.dataset === undefined && entry.workspace === undefined)
      issue('workspace', 'is missing; allowed is the name or id of a workspace, or give a dataset');
  });

/** One workspace of a list. */
export type WorkspaceEntry = z.infer<typeof entrySchema>;

/** A list of workspaces. */
export const workspaceListSchema = z.array(entrySchema).min(1);

/** The schema of the destination for a workspace whose entry names none: letters, digits and `_`. */
export function datasetOf(workspace: string): string {
  const safe = workspace
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, 60);
  if (safe === '') return 'workspace';
  return /^\d/.test(safe) ? `workspace_${safe}` : safe;
}

/** Datasets that are one name in a destination: their tables would replace each other. */
export function sharedDatasets(list: unknown): Contradiction[] {
  const owners = new Map<string, number>();
  return (Array.isArray(list) ? list : []).flatMap((entry: unknown, at) => {
    if (!isJsonObject(entry)) return [];
    const { dataset, workspace } = entry;
    const isNamed = typeof workspace === 'string' || typeof workspace === 'number';
    const name = typeof dataset === 'string' ? dataset : isNamed ? datasetOf(String(workspace)) : undefined;
    if (name === undefined) return [];
    const folded = name.toLowerCase();
    const owner = owners.get(folded);
    if (owner === undefined) {
      owners.set(folded, at);
      return [];
    }
    const field = typeof dataset === 'string' ? 'dataset' : 'workspace';
    const found = `found ${JSON.stringify(entry[field])}`;
    const message = `${found}, whose dataset "${folded}" is also that of [${owner}]: give each its own dataset`;
    return [{ path: [at, field], message }];
  });
}
