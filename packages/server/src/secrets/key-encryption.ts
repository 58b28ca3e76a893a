/**
 * What keeps data keys: a file, or a service for keys. A data key never leaves it in the open but to whoever may read the
 * secret that it seals.
 */
export interface KeyEncryption {
  /** Wraps a data key with the newest key. */
  wrap(dataKey: Uint8Array, place: string): Promise<WrappedKey>;
  /** @throws SluiceError `not-found` when the key is not known here; `invalid-input` when anything was altered */
  unwrap(wrapped: WrappedKey, place: string): Promise<Uint8Array>;
  /** The name of the key that wraps from now on. */
  newest(): Promise<string>;
  /** Makes a new key, which is the newest from now on; earlier ones go on to unwrap. @returns its name */
  renew(): Promise<string>;
}

/** A data key as it is stored. */
export interface WrappedKey {
  /** Names the key that wrapped it; says nothing of it. */
  readonly keyId: string;
  readonly wrapped: string;
}
