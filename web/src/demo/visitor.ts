/** Whom the visitor of the demo shop chose to be; an empty id is a guest. */
import type { DemoShop } from './demo-shop';

const KEY = 'supportbot.demo';

/** Who was chosen on an earlier visit, else the first customer; a guest where there is no customer. */
export function chosenVisitor({ customers }: DemoShop): string {
  const kept = remembered();
  const known = kept === '' || customers.some(({ customer_id }) => customer_id === kept);
  return kept !== null && known ? kept : (customers[0]?.customer_id ?? '');
}

export function chooseVisitor(customerId: string): void {
  try {
    localStorage.setItem(KEY, customerId);
  } catch {
    // Without a storage the choice lasts as long as the page.
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
