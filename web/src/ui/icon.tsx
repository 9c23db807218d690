const paths = {
  alert: 'M12 8.5v4.5M12 16.5v.01M12 3.5l9 16H3z',
  arrowDown: 'M12 5v14M6 13l6 6 6-6',
  arrowUp: 'M12 19V5M6 11l6-6 6 6',
  book: 'M12 6.5C10 5 7 4.5 4 5v13.5c3-.5 6 0 8 1.5 2-1.5 5-2 8-1.5V5c-3-.5-6 0-8 1.5zM12 6.5V20',
  check: 'M5 12.5l4.5 4.5L19 7',
  checks: 'M2.5 12.5L7 17l8.5-9.5M11 15.5l1.5 1.5L21.5 7.5',
  clock: 'M12 7.5V12l3 2M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z',
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  history: 'M4 12a8 8 0 1 0 2.5-5.8L4 8.5M4 4v4.5h4.5M12 8v4.5l3 1.8',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
  package: 'M4 8l8-4.5L20 8v8.5L12 21l-8-4.5zM4 8l8 4.5L20 8M12 12.5V21M8 5.8l8 4.5',
  pen: 'M12 20h8M4 20l1-4L16 5l3 3L8 19z',
  person: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20.5c.8-3.7 3.8-5.5 7.5-5.500s6.7 1.8 7.5 5.5',
  retry: 'M20 12a8 8 0 1 1-2.5-5.800L20 8.500M20 4v4.500h-4.5',
  return: 'M4 9h10.500a5 5 0 0 1 0 10H8M8 4.500L3.5 9 8 13.5',
  ruler: 'M3.5 15.500l12-12 5 5-12 12zM7 12l2 2M10 9l2.5 2.500M13 6l2 2',
  stop: 'M7 7h10v10H7z',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.500v2M12 19.500v2M2.5 12h2M19.5 12h2M5.3 5.300l1.4 1.400M17.3 17.300l1.4 1.400M5.3 18.700l1.4-1.400M17.3 6.700l1.4-1.4',
  thumbDown:
    'M16.5 4H19a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-2.500M16.5 4v10L13 20.500c-1.7 0-2.5-1-2.5-2.500v-3H6c-1.5 0-2.3-1.2-2-2.500l1.3-6.500C5.6 4.7 6.5 4 7.7 4z',
  thumbUp:
    'M7.5 20H5a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1h2.500M7.5 20V10L11 3.500c1.7 0 2.5 1 2.5 2.500v3H18c1.5 0 2.3 1.2 2 2.500l-1.3 6.500c-.3 1.3-1.2 2-2.4 2z',
  truck:
    'M2.5 6h11v10.500h-11zM13.5 9.500h4l4 4v3h-8M7 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
};

export type IconName = keyof typeof paths;

type Props = { name: IconName; className?: string };

/** A line drawing in the colour of the text around it; never the only bearer of a meaning. */
export function Icon({ name, className = 'size-5' }: Props) {
  return (
    <svg
      viewBox="0 0 24 24"
      className={`shrink-0 fill-none stroke-current ${className}`}
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
