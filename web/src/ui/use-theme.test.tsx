import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useTheme } from './use-theme';

function Switch() {
  const [theme, toggle] = useTheme();
  return (
    <button type="button" onClick={toggle}>
      {theme}
    </button>
  );
}

beforeEach(() => localStorage.clear());

test('the colours change at a click, and are kept for the next visit', async () => {
  const { unmount } = render(<Switch />);
  expect(screen.getByRole('button')).toHaveTextContent('light');
  await userEvent.click(screen.getByRole('button'));
  expect(document.documentElement).toHaveClass('dark');
  unmount();
  render(<Switch />);
  expect(screen.getByRole('button')).toHaveTextContent('dark');
});

test('a choice equal to the system leaves the lead to the system again', async () => {
  render(<Switch />);
  await userEvent.click(screen.getByRole('button'));
  await userEvent.click(screen.getByRole('button'));
  expect(localStorage.getItem('supportbot.theme')).toBeNull();
  expect(document.documentElement).not.toHaveClass('dark');
});
