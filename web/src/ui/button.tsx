import type { ComponentProps } from 'react';
import { Icon, type IconName } from './icon';

const kinds = {
  primary: 'bg-brand text-on-brand hover:bg-brand-strong disabled:bg-sunken disabled:text-ink-soft',
  outline: 'border border-line bg-surface text-ink hover:border-line-strong hover:bg-sunken',
  ghost: 'text-ink-soft hover:bg-sunken hover:text-ink',
};

type Kind = keyof typeof kinds;

type ButtonProps = ComponentProps<'button'> & { kind?: Kind; icon?: IconName };

export function Button({ kind = 'outline', icon, className = '', children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`inline-flex min-h-9 items-center justify-center gap-1.5 rounded-full px-3.5 text-sm font-medium whitespace-nowrap transition-colors disabled:cursor-default disabled:opacity-60 ${kinds[kind]} ${className}`}
      {...rest}
    >
      {icon && <Icon name={icon} className="size-4" />}
      {children}
    </button>
  );
}

type IconButtonProps = Omit<ComponentProps<'button'>, 'aria-label'> & {
  icon: IconName;
  label: string;
  kind?: Kind;
  iconClass?: string;
};

/** A button of an icon alone; `label` is its name for everybody who cannot see it, and its tooltip. */
export function IconButton({
  icon,
  label,
  kind = 'ghost',
  iconClass = 'size-5',
  className = 'size-9',
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-grid shrink-0 place-items-center rounded-full transition-colors disabled:cursor-default disabled:opacity-60 ${kinds[kind]} ${className}`}
      {...rest}
    >
      <Icon name={icon} className={iconClass} />
    </button>
  );
}
