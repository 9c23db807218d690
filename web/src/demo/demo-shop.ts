/** The demo shop, where the gateway offers one: whom a visitor may be. `docs/client.md` has the contract. */

export type DemoCustomer = { customer_id: string; name: string; order_id: string };

export type DemoShop = {
  customers: readonly DemoCustomer[];
  /** What a guest can ask for. */
  guest: { order_id: string; email: string } | null;
};

const NO_SHOP: DemoShop = { customers: [], guest: null };
const PATIENCE_MS = 3_000;

/** No shop where there is none, or where nobody can say. */
export async function findDemoShop(): Promise<DemoShop> {
  try {
    const answer = await fetch('/demo/customers', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? await answer.json() : NO_SHOP;
  } catch {
    return NO_SHOP;
  }
}

/** A fresh identity token for one of its customers. */
export async function identityOf(customerId: string): Promise<string> {
  const answer = await fetch('/demo/identity', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer_id: customerId }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!answer.ok) throw new Error(`no identity token: ${answer.status}`);
  return (await answer.json()).identity_token;
}
