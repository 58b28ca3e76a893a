/**
 * What pods are said to use, put in by whoever tests an autoscaler: `cpu` in cores, `memory` in bytes, and any other name
 * for a metric that pods export. A pod without an entry of its own takes that of `everywhere`.
 */
export class MetricsTable {
  readonly #values = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  /** Says what one pod uses; undefined says that it is not known. */
  set(namespace: string, pod: string, metric: string, value: number | undefined): void {
    this.#put(`${namespace}/${pod} ${metric}`, value);
  }

  /** Says what each pod of a namespace uses that has no entry of its own. */
  setEverywhere(namespace: string, metric: string, value: number | undefined): void {
    this.#put(`${namespace} ${metric}`, value);
  }

  /** Says the value of a metric that belongs to no pod, such as the length of a queue. */
  setExternal(metric: string, value: number | undefined): void {
    this.#put(` ${metric}`, value);
  }

  of(namespace: string, pod: string, metric: string): number | undefined {
    return this.#values.get(`${namespace}/${pod} ${metric}`) ?? this.#values.get(`${namespace} ${metric}`);
  }

  external(metric: string): number | undefined {
    return this.#values.get(` ${metric}`);
  }

  /** Calls back after every entry; the function that comes back ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put(key: string, value: number | undefined): void {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
    for (const listener of this.#listeners) listener();
  }
}
