import type { Citation } from './protocol';

/** The heading of the cited section, and the headings above it from the article's title down. */
export function sectionName({ title, heading_path }: Citation): {
  heading: string;
  above: string[];
} {
  return { heading: heading_path.at(-1) ?? title, above: heading_path.slice(0, -1) };
}

/** The same in one line, for example “Returns › Return policy”. */
export function sectionPath(citation: Citation): string {
  const { heading, above } = sectionName(citation);
  return [...above, heading].join(' › ');
}
