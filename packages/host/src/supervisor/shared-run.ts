/**
 * Lets many callers share the runs of one task, such as a search of all processes.
 * 1. One run is under way at a time.
 * 2. Every caller gets the outcome of a run that began after the call, so that it sees what the caller did before.
 */
export class SharedRun<Value> {
  readonly #task: () => Promise<Value>;
  #last: Promise<unknown> = Promise.resolve();
  #waiting: Promise<Value> | null = null;

  constructor(task: () => Promise<Value>) {
    this.#task = task;
  }

  /** Waits for the run under way, if any, and shares the one after it. */
  next(): Promise<Value> {
    this.#waiting ??= this.#begin();
    return this.#waiting;
  }

  #begin(): Promise<Value> {
    const run = this.#last.then(() => {
      this.#waiting = null;
      return this.#task();
    });
    this.#last = run.catch(() => undefined);
    return run;
  }
}
