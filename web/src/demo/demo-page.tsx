import type { ReactNode } from 'react';
import { DemoBar } from './demo-bar';
import type { DemoShop } from './demo-shop';

type Props = {
  shop: DemoShop;
  visitor: string;
  onVisitor: (customerId: string) => void;
  children: ReactNode;
};

/** The chat under a switch that says as whom one tries it. */
export function DemoPage({ children, ...props }: Props) {
  return (
    <div className="flex h-full flex-col">
      <DemoBar {...props} />
      <div className="min-h-0 flex-1">{children}</div>
    </div>
  );
}
