/** How the other end of a need took being asked. */
export interface Reached {
  readonly reached: boolean;
  /** What it did, as the rest of a sentence that begins with its name. */
  readonly words: string;
}
