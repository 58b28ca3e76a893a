/** A promise of the architecture, or of the end of a story, that was seen to be broken; it ends the story. */
export class BrokenPromise extends Error {
  /** Which checker saw it. */
  readonly promise: string;

  constructor(promise: string, words: string) {
    super(`${promise}: ${words}`);
    this.name = 'BrokenPromise';
    this.promise = promise;
  }
}

/** Ends the story unless something holds. */
export function promised(promise: string, holds: boolean, words: () => string): void {
  if (!holds) throw new BrokenPromise(promise, words());
}
