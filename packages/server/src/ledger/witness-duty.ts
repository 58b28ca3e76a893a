import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { SignedHead, Witnessed } from '@sluice/protocol/ledger/signed-head.ts';
import type { Logger } from 'pino';
import { listKeys } from '../store/ledger/signed-heads.ts';
import { type SignerParts, signPresentHead } from './head-signer.ts';
import type { LedgerWitness } from './ledger-witness.ts';
import { proveConsistency } from './prove.ts';

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

/** The heads of a ledger, signed and told. */
export interface WitnessDuty {
  states(): readonly WitnessState[];
  /** Asks every witness what it has, now. */
  ask(): Promise<readonly WitnessState[]>;
  /** Ends when the present round is over. */
  stop(): Promise<void>;
}

/** Heads are signed at most so often, in milliseconds. */
const EVERY_MS = 1_000;

/** Signs heads as the ledger grows, and gives them to witnesses, until it is stopped. A witness that is away is tried again. */
export function startWitnessDuty(
  parts: SignerParts & {
    readonly witnesses: readonly LedgerWitness[];
    readonly log: Logger;
    readonly signal: AbortSignal;
  },
): WitnessDuty {
  const rounds = parts.witnesses.map((witness) => new WitnessRound(parts, witness));
  const ending = new AbortController();
  const signal = AbortSignal.any([parts.signal, ending.signal]);
  let shouted: string | null = null;
  const round = async (): Promise<void> => {
    const signing = await signPresentHead(parts);
    if (signing.kind === 'contradiction' && signing.problem !== shouted) {
      shouted = signing.problem;
      parts.log.error({ tenant: parts.tenant, problem: signing.problem }, 'the ledger was tampered with');
    }
    if (signing.kind === 'signed') await Promise.all(rounds.map((each) => each.tell(signing.head)));
  };
  const running = (async () => {
    while (!signal.aborted) {
      await round().catch((thrown: unknown) =>
        parts.log.warn(
          { reason: SluiceError.from(thrown, 'signing the ledger').message },
          'no head was signed',
        ),
      );
      await delay(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  return {
    states: () => rounds.map(({ state }) => state),
    ask: async () => {
      await Promise.all(rounds.map((each) => each.ask()));
      return rounds.map(({ state }) => state);
    },
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

/** What is known of one witness. */
class WitnessRound {
  state: WitnessState;
  readonly #parts: SignerParts & { readonly log: Logger };
  readonly #witness: LedgerWitness;
  #toldSize = 0;
  #nextAt = 0;

  constructor(parts: SignerParts & { readonly log: Logger }, witness: LedgerWitness) {
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
      const offered = await this.#offer(head, has);
      if (offered.head !== null && offered.head.size >= head.size) this.#toldSize = head.size;
      return offered;
    });
  }

  /** Asks what it has. */
  async ask(): Promise<void> {
    await this.#noting(() => this.#witness.last(this.#parts.tenant));
  }

  async #offer(head: SignedHead, has: Witnessed): Promise<Witnessed> {
    const { db, tenant } = this.#parts;
    const from = has.head?.size ?? 0;
    const keys = await listKeys(db, tenant);
    const publicKey = keys.find(({ keyId }) => keyId === head.keyId)?.publicKey ?? '';
    // A ledger that is shorter than what was seen has no proof; the witness says so itself.
    const proof = from <= head.size ? await proveConsistency(db, tenant, { from, to: head.size }) : null;
    return this.#witness.offer({ head, publicKey, from, proof: proof?.ok ? [...proof.value] : [] });
  }

  async #noting(work: () => Promise<Witnessed>): Promise<void> {
    const { name, kind } = this.#witness;
    const askedAt = this.#parts.now();
    try {
      const { head, contradiction } = await work();
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
}
