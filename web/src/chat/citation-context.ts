import { createContext } from 'react';
import type { Citation } from './protocol';

export type Citations = {
  find: (number: number) => Citation | undefined;
  open: (citation: Citation) => void;
  /** Whether the sources may still come. */
  pending: boolean;
};

/** The sources of the reply that is being drawn; outside a reply there are none. */
export const CitationContext = createContext<Citations>({
  find: () => undefined,
  open: () => {},
  pending: false,
});
