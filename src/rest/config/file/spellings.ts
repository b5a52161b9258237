/** Keeps values of a config file that are sent as written, even if YAML reads them as numbers or booleans. */

import { isJsonObject, select } from '../../../json.js';
import type { Mistake } from '../validation-messages.js';
import type { SourceText } from './source-text.js';
import { numberMistakes } from './typed-body.js';

/** Fields that are sent as written, even if YAML reads them as numbers or booleans. */
const AS_WRITTEN = ['params', 'headers'];

/**
 * The content of a file with numbers in bodies, and with texts in fields that are sent as text; and the
 * numbers that cannot be sent.
 */
export function withSpellings({ value, typed, spelled }: SourceText): {
  readonly given: unknown;
  readonly mistakes: Mistake[];
} {
  const mistakes: Mistake[] = [];
  /** Members of one object in its three readings. */
  const members = (at: readonly PropertyKey[], given: unknown, numbers: unknown, texts: unknown): unknown => {
    if (!isJsonObject(given) || !isJsonObject(numbers) || !isJsonObject(texts)) return given;
    const made: Record<string, unknown> = { ...given };
    for (const name of AS_WRITTEN) if (name in given) made[name] = texts[name];
    if ('body' in given) {
      made['body'] = numbers['body'];
      mistakes.push(...numberMistakes(given['body'], numbers['body'], [...at, 'body']));
    }
    if ('auth' in given)
      made['auth'] = members([...at, 'auth'], given['auth'], numbers['auth'], texts['auth']);
    const { incremental } = given;
    if (isJsonObject(incremental) && incremental['in'] === 'body' && 'initial_value' in incremental) {
      const initial_value = select(numbers, 'incremental.initial_value');
      made['incremental'] = { ...incremental, initial_value };
      mistakes.push(
        ...numberMistakes(incremental['initial_value'], initial_value, [
          ...at,
          'incremental',
          'initial_value',
        ]),
      );
    }
    return made;
  };
  if (!isJsonObject(value)) return { given: value, mistakes };
  const given: Record<string, unknown> = { ...value };
  for (const name of ['client', 'resource_defaults'])
    if (name in value) given[name] = members([name], value[name], select(typed, name), select(spelled, name));
  const { resources } = value;
  if (Array.isArray(resources))
    given['resources'] = resources.map((resource, nth) =>
      members(
        ['resources', nth],
        resource,
        select(typed, `resources.${nth}`),
        select(spelled, `resources.${nth}`),
      ),
    );
  return { given, mistakes };
}
