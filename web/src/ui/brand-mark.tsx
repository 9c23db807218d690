/** The shop's sprig with its berry. */
export function BrandMark({ className = 'size-9' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={`shrink-0 ${className}`} aria-hidden="true">
      <rect width="32" height="32" rx="10" className="fill-bubble" />
      <path
        d="M16 26V8M16 13l-5-3.500M16 13l5-3.500M16 18.500l-6.5-4M16 18.500l6.5-4M16 23.500l-6-3.7"
        fill="none"
        stroke="#f5f3ea"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="22" cy="21.2" r="2.6" fill="#e0a458" />
    </svg>
  );
}
