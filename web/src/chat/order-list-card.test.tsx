import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { OrderListCard } from './order-list-card';

const orders = [
  {
    order_id: '1042',
    status: 'shipped',
    placed_at: '2026-11-16T09:12:00Z',
    items: ['Rain Shell', 'Merino Socks'],
    more_items: 2,
    total: '227.00',
    currency: 'USD',
  },
  { order_id: '1017', status: 'delivered', items: ['Tent'], total: '310.00', currency: 'USD' },
];

test('each order stands with its state, items and total', () => {
  render(<OrderListCard list={{ orders, more_orders: 3 }} onOrder={vi.fn()} />);
  const [first, second] = screen.getAllByRole('button');
  expect(first).toHaveTextContent(/#1042.*On its way.*Rain Shell, Merino Socks, and 2 more.*227/);
  expect(second).toHaveTextContent(/#1017.*Delivered.*Tent/);
  expect(screen.getByTestId('order-list')).toHaveTextContent('and 3 more');
});

test('a press on an order asks for it', async () => {
  const onOrder = vi.fn();
  render(<OrderListCard list={{ orders }} onOrder={onOrder} />);
  await userEvent.click(screen.getByRole('button', { name: /1017/ }));
  expect(onOrder).toHaveBeenCalledWith('Where is order 1017?');
});
