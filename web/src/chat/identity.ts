/** What a host site's server says of its customer: a signed token, or how to get one that is fresh. */
export type Identity = string | (() => Promise<string>);

export function tokenOf(identity: Identity): string | Promise<string> {
  return typeof identity === 'string' ? identity : identity();
}

/** Whom a token names. Only the server can tell whether it is true; here it tells customers' memories apart. */
export function customerOf(token: string): string {
  const [, claims = ''] = token.split('.');
  try {
    const { sub } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof sub === 'string' ? sub : '';
  } catch {
    return '';
  }
}
