/** What to do after the server has closed the socket. */
export type AfterClose =
  | 'reconnect'
  /** Too much was asked for: wait well before coming back. */
  | 'reconnect later'
  /** Nobody was there: come back when the customer does. */
  | 'reconnect on return'
  /** The session is over: coming back with it is pointless. */
  | 'session expired'
  /** The server will not have this client: trying again would only repeat it. */
  | 'give up';

const AFTER: Readonly<Record<number, AfterClose>> = {
  1003: 'give up',
  1008: 'give up',
  1009: 'give up',
  4401: 'session expired',
  4408: 'reconnect on return',
  4429: 'reconnect later',
};

export function afterClose(code: number): AfterClose {
  return AFTER[code] ?? 'reconnect';
}
