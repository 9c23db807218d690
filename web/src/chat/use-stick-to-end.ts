import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

const NEAR_PX = 64;

/**
 * Keeps the end of a growing list in sight for as long as the reader is there; who has scrolled up is
 * left in peace and offered a way back.
 */
export function useStickToEnd(
  frame: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  enabled: boolean,
): { away: boolean; toEnd: () => void } {
  const sticking = useRef(true);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    sticking.current = true;
    setAway(false);
    const element = frame.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [frame]);

  useEffect(() => {
    const element = frame.current;
    const grown = content.current;
    if (!enabled || !element || !grown) return;
    let top = element.scrollTop;
    const onScroll = () => {
      const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
      const upwards = element.scrollTop < top;
      top = element.scrollTop;
      // The list may have grown since the last turn of the wheel: only going up is leaving.
      if (near || upwards) sticking.current = near;
      setAway(!near && !sticking.current);
    };
    const observer = new ResizeObserver(() => {
      if (sticking.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(grown);
    observer.observe(element);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', onScroll);
    };
  }, [frame, content, enabled]);

  return { away, toEnd };
}
