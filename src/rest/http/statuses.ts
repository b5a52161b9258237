/** Statuses of answers, and what they mean for the same request. Pure. */

/** Whether a status says that what the path names does not exist, or no longer. */
export function isMissingStatus(status: number | null | undefined): status is 404 | 410 {
  return status === 404 || status === 410;
}

/** Whether a status says that the same request may succeed later. */
export function isPassingStatus(status: number): boolean {
  return status >= 500 || status === 408 || status === 425;
}
