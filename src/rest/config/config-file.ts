/**
 * The config file that people write: settings for all lists once, and each list in a line or a few. It has no
 * features beyond {@link EndpointConfig}, and is turned into those.
 */

import { z } from 'zod';
import { amended, XanoError } from '../../errors.js';
import { isJsonObject, type JsonObject } from '../../json.js';
import type { EndpointConfig } from './endpoint-config.js';
import { type ConfigFile, configFileSchema, projectFileSchema } from './file/file-schema.js';
import { allVariables, authVariables, type NamedVariable } from './file/named-variables.js';
import { endpointAt, paginationTwice, takenName, unknownParent } from './file/resources.js';
import { parseSource, type SourceText } from './file/source-text.js';
import { withSpellings } from './file/spellings.js';
import { numberMistakes } from './file/typed-body.js';
import { parseEndpoints } from './parse-endpoints.js';
import { invalidText } from './read-checked.js';
import { variablesIn } from './template.js';
import { fieldPath, type Mistake, parseInWords } from './validation-messages.js';

/** The content of a config file. `Project` is what the schema of its part `project` reads. */
export interface ReadConfig<Project = undefined> {
  readonly endpoints: readonly EndpointConfig[];
  /**
   * Variables without a default in headers, parameters, bodies and initial values; in a config file that
   * people write, in `auth` as well.
   */
  readonly variables: readonly NamedVariable[];
  /** The part `project`; undefined where the file has none, or no schema was given for it. */
  readonly project?: Project | undefined;
}

/** The JSON Schema of config files, for editors. */
export function configJsonSchema(): JsonObject {
  // JSON Schema is JSON.
  const { $schema, ...rest } = z.toJSONSchema(configFileSchema, { io: 'input', reused: 'ref' }) as JsonObject;
  return {
    ...($schema === undefined ? {} : { $schema }),
    title: 'Endpoint config file',
    ...rest,
  };
}

/**
 * Reads a config file: YAML or JSON, written by people or generated. Throws CONFIG_INVALID with all mistakes:
 * line, path, the value found and the values allowed. With a schema for the part `project`, it reads that
 * part as well, and a file that has it needs no lists.
 */
export function readConfig<Project = undefined>(
  content: string,
  file: string,
  project?: z.ZodType<Project>,
): ReadConfig<Project> {
  const generated = asGenerated(content);
  const source = (): SourceText => parseSource(content, file);
  if (generated !== undefined) {
    const endpoints = generatedEndpoints(generated, file);
    // Only computed when needed: such a file may be long.
    if (endpoints.some(({ body }) => holdsLongNumber(body))) {
      const text = source();
      const wrong = numberMistakes(text.value, text.typed, []).filter(({ path }) => path[2] === 'body');
      if (wrong.length > 0) throw invalid(file, text, wrong);
    }
    const named = endpoints.some(
      ({ params, headers, body, incremental }) =>
        variablesIn([params, headers, body ?? {}, incremental?.initial_value ?? '']).length > 0,
    );
    return { endpoints, variables: named ? allVariables(endpoints, 'endpoints', source()) : [] };
  }
  return readWritten(source(), file, project);
}

/** A generated file, parsed; undefined for any other file. */
function asGenerated(content: string): unknown {
  try {
    const parsed: unknown = JSON.parse(content.replace(/^\uFEFF/, ''));
    const isGiven = !isJsonObject(parsed) || 'version' in parsed || 'endpoints' in parsed;
    return isGiven ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Throws CONFIG_INVALID naming the file. */
function generatedEndpoints(content: unknown, file: string): EndpointConfig[] {
  try {
    return parseEndpoints(content);
  } catch (cause) {
    if (!(cause instanceof XanoError)) throw cause;
    throw amended(cause, { message: `${file}: ${cause.message}`, cause });
  }
}

/** Whether a value holds a number of which JSON.parse may have lost digits. */
function holdsLongNumber(value: unknown): boolean {
  if (typeof value === 'number') return String(value).length > 15;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsLongNumber);
}

function readWritten<Project>(
  source: SourceText,
  file: string,
  projectSchema: z.ZodType<Project> | undefined,
): ReadConfig<Project> {
  const { given, mistakes } = withSpellings(source);
  const project = projectSchema === undefined ? undefined : projectIn(given, projectSchema);
  const read = parseInWords<ConfigFile>(project === undefined ? configFileSchema : projectFileSchema, given);
  mistakes.push(...(project?.mistakes ?? []));
  if (read.mistakes !== undefined) {
    // What was found wrong already is not told twice.
    const told = new Set(mistakes.map(({ path }) => fieldPath(path)));
    const others = read.mistakes.filter(({ path }) => !told.has(fieldPath(path)));
    throw invalid(file, source, [...mistakes, ...others]);
  }
  mistakes.push(...paginationTwice(read.data));
  const made = read.data.resources.map((_, at) => {
    const { endpoint, wrong } = endpointAt(read.data, at, source);
    mistakes.push(...wrong, ...unknownParent(read.data, at), ...takenName(read.data, at));
    return endpoint;
  });
  const endpoints = made.flatMap((endpoint) => endpoint ?? []);
  if (mistakes.length > 0) throw invalid(file, source, mistakes);
  const authorizing = endpoints.flatMap(({ name }, at) => authVariables(name, ['resources', at], source));
  const variables = [...allVariables(endpoints, 'resources', source), ...authorizing];
  return { endpoints, variables, project: project?.data };
}

/** The part `project`, read; undefined where the file has none. */
function projectIn<Project>(
  given: unknown,
  schema: z.ZodType<Project>,
): { readonly data?: Project; readonly mistakes: readonly Mistake[] } | undefined {
  if (!isJsonObject(given) || !('project' in given)) return undefined;
  const read = parseInWords(schema, given['project']);
  if (read.mistakes === undefined) return { data: read.data, mistakes: [] };
  return { mistakes: read.mistakes.map((mistake) => ({ ...mistake, path: ['project', ...mistake.path] })) };
}

function invalid(file: string, source: SourceText, mistakes: readonly Mistake[]): XanoError {
  const isProject = mistakes.every(({ path: [part] }) => part === 'project');
  return invalidText(file, source, mistakes, isProject ? 'docs/project.md' : 'docs/endpoints.md');
}
