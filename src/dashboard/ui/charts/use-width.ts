/** The width that a chart has. */
import { useEffect, useRef, useState } from 'preact/hooks';

/** An element to observe, and its width at the moment. Pixels; at least 240. */
export function useWidth<E extends HTMLElement>() {
  const place = useRef<E>(null);
  const [width, setWidth] = useState(640);
  useEffect(() => {
    const { current } = place;
    if (current === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.max(240, current.clientWidth)));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [place, width] as const;
}
