/** What is known of a key when a request with it arrives. */
export type KeyState =
  /** It is the caller's to work on; it completes or releases the key in the end. */
  | { readonly kind: 'reserved' }
  /** Somebody works on the same request just now. */
  | { readonly kind: 'in-progress' }
  /** It was answered before. */
  | { readonly kind: 'answered'; readonly status: number; readonly response: unknown }
  /** The key was used for another request. */
  | { readonly kind: 'mismatch' };

/**
 * Remembers which keys were used for what, for all replicas together. A reservation that was neither completed nor
 * released belongs to a process that died, and after a minute is given to the next who asks.
 */
export interface IdempotencyStore {
  /** @param requestHash stands for operation, path and body of the request */
  reserve(key: string, requestHash: string): Promise<KeyState>;
  complete(key: string, status: number, response: unknown): Promise<void>;
  /** Gives a key back whose request changed nothing. */
  release(key: string): Promise<void>;
}
