/** Runs tasks in the order in which they were given, each after the one before has ended, in whatever way. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** Whether nothing runs or waits. */
  get idle(): boolean {
    return this.#pending === 0;
  }

  run<Value>(task: () => Promise<Value>): Promise<Value> {
    this.#pending += 1;
    const result = this.#last.then(task).finally(() => {
      this.#pending -= 1;
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}
