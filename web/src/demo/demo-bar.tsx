import { t } from '../strings';
import { useLanguage } from '../ui/use-language';
import type { DemoShop } from './demo-shop';

type Props = { shop: DemoShop; visitor: string; onVisitor: (customerId: string) => void };

/** Who the visitor of the demo shop is: one of its customers, or a guest. */
export function DemoBar({ shop, visitor, onVisitor }: Props) {
  useLanguage();
  const customers = shop.customers.map(({ customer_id, name }) => ({ id: customer_id, name }));
  return (
    <section
      aria-label={t.demo.label}
      data-testid="demo"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 bg-brand-soft px-3 py-1.5 text-meta text-brand-strong sm:px-6"
    >
      <span className="font-semibold max-sm:sr-only">{t.demo.label}</span>
      <fieldset className="flex rounded-full bg-brand/12 p-0.5">
        <legend className="sr-only">{t.demo.youAre}</legend>
        {[...customers, { id: '', name: t.demo.guest }].map(({ id, name }) => (
          <label
            key={id}
            className="cursor-pointer rounded-full px-2.5 py-0.5 font-medium whitespace-nowrap transition-colors has-checked:bg-surface has-checked:shadow-low has-focus-visible:outline-2 has-focus-visible:outline-brand"
          >
            <input
              type="radio"
              name="visitor"
              className="sr-only"
              checked={visitor === id}
              onChange={() => onVisitor(id)}
            />
            {name}
          </label>
        ))}
      </fieldset>
      <Hint shop={shop} visitor={visitor} />
    </section>
  );
}

/** An order to ask for. */
function Hint({ shop, visitor }: Pick<Props, 'shop' | 'visitor'>) {
  const customer = shop.customers.find(({ customer_id }) => customer_id === visitor);
  if (customer) return <span>{t.demo.owns(customer.order_id)}</span>;
  return shop.guest && <span>{t.demo.asGuest(shop.guest.order_id, shop.guest.email)}</span>;
}
