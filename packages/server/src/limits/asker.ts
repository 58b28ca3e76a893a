/** Whose limit it is. */
export type LimitOf = 'caller' | 'organisation';

/** Who asks, as they are counted. */
export interface Asker {
  /** Somebody of an organisation, or an address of those who say nothing of who they are. */
  readonly caller: string;
  readonly organisation: string;
}
