/**
 * Why an order was refused as stale, as the `cause` of that failure: the one who refused it has obeyed an order of this
 * generation, which is a higher one, or (`isReused`) the same one with another content for the same thing.
 */
export interface HeldGeneration {
  readonly heldGeneration: number;
  readonly isReused: boolean;
}
