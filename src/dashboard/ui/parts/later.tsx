/** A page whose program the browser loads when somebody opens it: the first page has less to wait for. */
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { FailureNote } from './failure.js';

/** A page that is loaded later. */
export interface Later<P> {
  /** Draws the page, once it is there. */
  readonly Page: (props: P) => preact.JSX.Element;
  /** Loads it now, for later. */
  readonly prepare: () => Promise<void>;
}

/** Makes such a page of the import that brings it. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): Later<P> {
  const loaded = signal<ComponentType<P> | 'missing' | undefined>(undefined);
  let isAsked = false;
  const prepare = async (): Promise<void> => {
    if (isAsked) return;
    isAsked = true;
    try {
      loaded.value = await load();
    } catch {
      loaded.value = 'missing';
    }
  };
  return {
    prepare,
    Page: (props) => {
      void prepare();
      const { value: Loaded } = loaded;
      if (Loaded === undefined) return <p class="quiet">Reading …</p>;
      if (Loaded === 'missing')
        return (
          <FailureNote
            failure={{
              message: 'This page could not be loaded.',
              hint: 'Reload it; if the dashboard has ended, run `xano dashboard` again.',
            }}
          />
        );
      return <Loaded {...props} />;
    },
  };
}
