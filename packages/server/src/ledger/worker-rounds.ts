import type { SignedHead } from '@sluice/protocol/ledger/signed-head.ts';
import type { LedgerWitness } from './ledger-witness.ts';
import { type RoundParts, WitnessRound, type WitnessState } from './witness-round.ts';
import type { WorkerWitnesses } from './worker-witnesses.ts';

/** What is known of the workers that are witnesses; they come and go, and nobody waits for them. */
export class WorkerRounds {
  readonly #parts: RoundParts & { readonly workers: Pick<WorkerWitnesses, 'all'> };
  readonly #rounds = new WeakMap<LedgerWitness, WitnessRound>();

  constructor(parts: RoundParts & { readonly workers: Pick<WorkerWitnesses, 'all'> }) {
    this.#parts = parts;
  }

  /** Gives the head to those whose time has come. */
  tell(head: SignedHead): void {
    for (const round of this.#all()) void round.tell(head);
  }

  /** How it stands: each one that contradicts, and the others by their number. */
  async ask(): Promise<readonly WitnessState[]> {
    const rounds = this.#all();
    await Promise.all(rounds.map((round) => round.ask()));
    const states = rounds.map(({ state }) => state);
    const kinds = ['agrees', 'waits', 'unreachable'] as const;
    return [
      ...states.filter(({ state }) => state === 'contradicts'),
      ...kinds.flatMap((kind) => together(states.filter(({ state }) => state === kind))),
    ];
  }

  #all(): readonly WitnessRound[] {
    return this.#parts.workers.all().map((witness) => {
      const round = this.#rounds.get(witness) ?? new WitnessRound(this.#parts, witness);
      this.#rounds.set(witness, round);
      return round;
    });
  }
}

/** One line for all of them, with the largest head that one has. */
function together(states: readonly WitnessState[]): readonly WitnessState[] {
  const [first] = states.toSorted((one, other) => (other.head?.size ?? 0) - (one.head?.size ?? 0));
  const name = states.length === 1 ? '1 worker' : `${states.length} workers`;
  return first ? [{ ...first, name }] : [];
}
