/** Something that a component asks the server for. */
import { useEffect, useState } from 'preact/hooks';
import { type Asked, ask } from '../server.js';

/**
 * The answer for a path, or why there is none; undefined until then. A late answer for another path is
 * dropped.
 */
export function useAsked<T>(path: string): Asked<T> | undefined {
  const [known, setKnown] = useState<{ readonly path: string; readonly asked: Asked<T> } | undefined>();
  useEffect(() => {
    let isWanted = true;
    void ask<T>(path).then((asked) => {
      if (isWanted) setKnown({ path, asked });
    });
    return () => {
      isWanted = false;
    };
  }, [path]);
  return known?.path === path ? known.asked : undefined;
}
