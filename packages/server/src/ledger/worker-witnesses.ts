import type { LedgerWitness } from './ledger-witness.ts';

/** Those who contradict and have left; more say nothing new. */
const MOST_LEFT = 100;

/**
 * The workers that are witnesses of a tenant's ledger at this server, one for each name. One that contradicts stays when its worker
 * leaves, until it comes back: a contradiction does not end with a connection.
 */
export class WorkerWitnesses {
  readonly #witnesses = new Map<string, LedgerWitness>();
  readonly #left = new Set<LedgerWitness>();

  /** Notes a worker; gives what to call when it leaves, with whether it contradicts. */
  enter(witness: LedgerWitness): (contradicts: boolean) => void {
    const { name } = witness;
    const before = this.#witnesses.get(name);
    if (before) this.#left.delete(before);
    this.#witnesses.set(name, witness);
    return (contradicts) => {
      if (this.#witnesses.get(name) !== witness) return;
      if (contradicts && this.#left.size < MOST_LEFT) this.#left.add(witness);
      else this.#witnesses.delete(name);
    };
  }

  all(): readonly LedgerWitness[] {
    return [...this.#witnesses.values()];
  }
}
