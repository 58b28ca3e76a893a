import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { SignedHead, Witnessed } from '@sluice/protocol/ledger/signed-head.ts';
import type { Logger } from 'pino';
import type { HeadOffers } from './head-offers.ts';
import type { LedgerWitness } from './ledger-witness.ts';

/** How it stands with a witness. */
export interface WitnessState extends Pick<LedgerWitness, 'name' | 'kind'> {
  readonly state: 'agrees' | 'contradicts' | 'unreachable' | 'waits';
  /** The last head that it has; null when there is none. */
  readonly head: SignedHead | null;
  /** When it was asked last; null before. */
  readonly askedAt: Instant | null;
  /** What is wrong; null when nothing is. */
  readonly problem: string | null;
}

/** What a round works with. */
export interface RoundParts {
  readonly tenant: string;
  readonly offers: HeadOffers;
  readonly log: Logger;
  readonly now: () => Instant;
}

/** What is known of one witness. */
export class WitnessRound {
  state: WitnessState;
  readonly #parts: RoundParts;
  readonly #witness: LedgerWitness;
  #toldSize = 0;
  #nextAt = 0;

  constructor(parts: RoundParts, witness: LedgerWitness) {
    this.#parts = parts;
    this.#witness = witness;
    const { name, kind } = witness;
    this.state = { name, kind, state: 'waits', head: null, askedAt: null, problem: null };
  }

  /** Gives it a head, if it has not got it and its time has come. */
  async tell(head: SignedHead): Promise<void> {
    const now = this.#parts.now();
    if (head.size === this.#toldSize || now < this.#nextAt) return;
    this.#nextAt = now + this.#witness.everyMs;
    await this.#noting(async () => {
      const has = await this.#witness.last(head.tenant);
      if (has.head !== null && has.head.size >= head.size && has.head.rootHash === head.rootHash) return has;
      const offer = await this.#parts.offers.offer(head, has.head?.size ?? 0);
      const offered = await this.#witness.offer(offer);
      if (offered.head !== null && offered.head.size >= head.size) this.#toldSize = head.size;
      return offered;
    });
  }

  /** Asks what it has. */
  async ask(): Promise<void> {
    await this.#noting(() => this.#witness.last(this.#parts.tenant));
  }

  async #noting(work: () => Promise<Witnessed>): Promise<void> {
    const { name, kind } = this.#witness;
    const askedAt = this.#parts.now();
    try {
      const { head, contradiction } = await this.#vouched(await work());
      const isNews = contradiction !== null && this.state.problem !== contradiction;
      const state = contradiction === null ? 'agrees' : 'contradicts';
      this.state = { name, kind, state, head, askedAt, problem: contradiction };
      if (isNews)
        this.#parts.log.error({ witness: name, problem: contradiction }, 'a witness contradicts the ledger');
    } catch (thrown) {
      const problem = SluiceError.from(thrown, `asking the witness ${name}`).message;
      this.state = { ...this.state, state: 'unreachable', askedAt, problem };
    }
  }

  /** A worker may say anything: as a root that is known counts only what was signed here. */
  async #vouched(has: Witnessed): Promise<Witnessed> {
    if (this.#witness.kind !== 'worker' || has.head === null) return has;
    if (await this.#parts.offers.isOurs(has.head)) return has;
    const problem = `it has a head of ${has.head.size} entries that no key of this ledger has signed`;
    return { head: null, contradiction: has.contradiction ?? problem };
  }
}
