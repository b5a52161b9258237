/**
 * The columns that a child list takes from its parent's records, and the meaning of the list's refusal. Pure.
 */
import { XanoError } from '../../errors.js';
import { isMissingStatus } from '../http/statuses.js';
import type { EndpointConfig } from './endpoint-config.js';

/** The name of a parent's column in the child's table. */
export const includedName = (resource: string, column: string): string => `_${resource}_${column}`;

/** Whether a refusal means that this parent has no rows. */
export function isIgnored({ response = [] }: EndpointConfig, thrown: unknown): boolean {
  if (!(thrown instanceof XanoError)) return false;
  return isIgnoredStatus({ response }, thrown.request?.status ?? null);
}

/** The same, for a status. */
export function isIgnoredStatus(
  { response = [] }: Pick<EndpointConfig, 'response'>,
  status: number | null,
): boolean {
  return response.find((rule) => rule.status === status)?.action === 'ignore';
}

/** Whether the config wants a refusal with this status to fail the whole resource. */
export function isErrorStatus(
  { response = [] }: Pick<EndpointConfig, 'response'>,
  status: number | undefined,
): boolean {
  return response.some((rule) => rule.status === status && rule.action === 'error');
}

/** Whether a status says that this parent has no list, and the config does not treat it as an error. */
export function isWithoutListStatus(
  config: Pick<EndpointConfig, 'response'>,
  status: number | null | undefined,
): boolean {
  return isMissingStatus(status) && !isErrorStatus(config, status);
}
