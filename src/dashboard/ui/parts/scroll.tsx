/** A region that scrolls sideways: a table that is wider than the page. */
import type { ComponentChildren } from 'preact';

/** The region. The keyboard reaches it, so that it scrolls without a mouse. */
export function Scroll({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard
    <section class="scroll" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
