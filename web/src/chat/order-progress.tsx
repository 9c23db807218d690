import { t } from '../strings';
import { Icon } from '../ui/icon';

/** The way of an order in four stages, of which the first `stages` are done. */
export function OrderProgress({ stages }: { stages: number }) {
  const names = [t.order.placed, t.order.packed, t.order.shipped, t.order.delivered];
  return (
    <ol aria-label={t.order.progress} className="isolate grid grid-cols-4 px-4 pt-4">
      {names.map((name, index) => (
        <Stage key={name} name={name} first={index === 0} done={index < stages} />
      ))}
    </ol>
  );
}

function Stage({ name, first, done }: { name: string; first: boolean; done: boolean }) {
  return (
    <li className="relative flex flex-col items-center gap-1.5">
      {!first && (
        <span
          className={`absolute end-1/2 top-[0.6875rem] h-0.5 w-full ${done ? 'bg-brand' : 'bg-line'}`}
        />
      )}
      <span
        className={`relative z-10 grid size-6 place-items-center rounded-full ${done ? 'bg-brand text-on-brand' : 'border-2 border-line bg-surface'}`}
      >
        {done && <Icon name="check" className="size-3.5 stroke-[2.5]" />}
      </span>
      <span className={`text-meta leading-4 ${done ? 'font-medium' : 'text-ink-soft'}`}>
        {name}
        {done && <span className="sr-only"> ({t.order.done})</span>}
      </span>
    </li>
  );
}
