/** A sentence about something that failed, and one about what to do. */
import type { Failure } from '../server.js';

/** Shows why something is missing. Screen readers say it at once. */
export function FailureNote({ failure }: { readonly failure: Failure }) {
  return (
    <div class="note bad" role="alert">
      <strong>{failure.message}</strong> {failure.hint}
    </div>
  );
}

/** Shows that there is nothing, and what to do. */
export function Empty({ title, hint }: { readonly title: string; readonly hint: string }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      <span>{hint}</span>
    </div>
  );
}
