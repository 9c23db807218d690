import { type ReactNode, useEffect, useRef } from 'react';
import { t } from '../strings';
import { IconButton } from './button';

type Props = { title: string; onClose: () => void; children: ReactNode };

/**
 * Beside the conversation where there is room, else a sheet over it: the styles decide. Escape closes it; the focus goes
 * into it and, when it closes, back to where it was.
 */
export function Panel({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const closer = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    const element = dialog.current;
    const opener = (element?.getRootNode() as Document | ShadowRoot | undefined)?.activeElement;
    if (element && getComputedStyle(element).position === 'fixed') element.showModal();
    else element?.show();
    closer.current?.focus();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    };
  }, []);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => event.key === 'Escape' && onClose();
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [onClose]);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard closes it with Escape
    <dialog
      ref={dialog}
      aria-label={title}
      className="fixed inset-x-0 top-auto bottom-0 m-0 flex max-h-[85dvh] w-full max-w-full animate-slide flex-col rounded-t-3xl border border-line bg-surface text-ink shadow-high lg:static lg:h-full lg:max-h-none lg:w-[26rem] lg:shrink-0 lg:rounded-none lg:border-y-0 lg:border-e-0 lg:shadow-none"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="flex items-center justify-between gap-3 border-b border-line py-2.5 ps-5 pe-3">
        <h2 className="truncate text-sm font-semibold text-ink-soft">{title}</h2>
        <IconButton icon="close" label={t.panel.close} onClick={onClose} ref={closer} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-5">{children}</div>
    </dialog>
  );
}
