import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

const NEAR_PX = 64;
const UPWARD_KEYS = new Set(['ArrowUp', 'PageUp', 'Home']);

/**
 * Keeps the end of a growing list in sight until the reader scrolls up; who has left the end is left in
 * peace and offered a way back, and scrolling down to the end is coming back.
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
    let known = shapeOf(element);

    const leave = () => {
      if (element.scrollTop > 0) sticking.current = false;
    };
    const onScroll = () => {
      const now = shapeOf(element);
      const near = now.height - now.top - now.view < NEAR_PX;
      // What has changed its size moves by itself: only a list that stands still is moved by its reader.
      const still = now.height === known.height && now.view === known.view;
      if (now.top > known.top && near) sticking.current = true;
      else if (now.top < known.top && still) sticking.current = false;
      known = now;
      setAway(!near && !sticking.current);
    };
    const onWheel = (event: WheelEvent) => event.deltaY < 0 && leave();
    const onKeyDown = (event: KeyboardEvent) => UPWARD_KEYS.has(event.key) && leave();

    const observer = new ResizeObserver(() => {
      if (sticking.current) element.scrollTop = element.scrollHeight;
      known = shapeOf(element);
    });
    observer.observe(grown);
    observer.observe(element);
    element.addEventListener('scroll', onScroll, { passive: true });
    element.addEventListener('wheel', onWheel, { passive: true });
    element.addEventListener('touchmove', leave, { passive: true });
    element.addEventListener('keydown', onKeyDown);
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', onScroll);
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('touchmove', leave);
      element.removeEventListener('keydown', onKeyDown);
    };
  }, [frame, content, enabled]);

  return { away, toEnd };
}

type Shape = { top: number; height: number; view: number };

function shapeOf(element: HTMLElement): Shape {
  return { top: element.scrollTop, height: element.scrollHeight, view: element.clientHeight };
}
