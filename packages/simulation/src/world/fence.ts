import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';

/** Why an order was not let through, by the codes of the host's protocol. */
export type FenceRefusal = 'stale-generation' | 'generation-reused';

/** Remembers who has spoken last on a track: a lower generation is refused, and so is one that says two things. */
export class Fence {
  generation = 0;
  #said = new Map<string, string>();

  /** Lets an order through, or says why not. Passing raises the fence to the order's generation. */
  pass(order: {
    readonly generation: number;
    readonly thing: string;
    readonly content: unknown;
  }): FenceRefusal | null {
    if (order.generation < this.generation) return 'stale-generation';
    if (order.generation > this.generation) this.#said = new Map();
    const content = canonicalJson(order.content);
    const earlier = this.#said.get(order.thing);
    if (earlier !== undefined && earlier !== content) return 'generation-reused';
    this.generation = order.generation;
    this.#said.set(order.thing, content);
    return null;
  }
}
