/** A region that scrolls sideways: a table that is wider than the page. */
import type { ComponentChildren } from 'preact';

/** The region. The keyboard reaches it, so that it scrolls without a mouse. */
export function Scroll({
  label,
  kind,
  children,
}: {
  readonly label: string;
  /** A class of its own, for its style. */
  readonly kind?: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard
    <section class={kind === undefined ? 'scroll' : `scroll ${kind}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
