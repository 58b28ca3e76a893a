import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type {
  LedgerHeadOffer,
  LedgerWitnessed,
} from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { offerMessage, witnessedIn } from '@sluice/protocol/ledger/head-message.ts';
import type { HeadOffer, Witnessed } from '@sluice/protocol/ledger/signed-head.ts';
import type { LedgerWitness } from '../../ledger/ledger-witness.ts';
import type { WorkerHello } from '../../tasks/worker-hello.ts';

/** How often a worker is given a head at most, in ms. */
const EVERY_MS = 60_000;
/** How long it may take to answer, in ms. */
const ANSWER_MS = 10_000;
/** The longest that it may say of a head, in characters. */
const LONGEST_PROBLEM = 300;

/** A connected worker as a witness of the ledger. What it says is what a stranger says. */
export class SessionWitness implements LedgerWitness {
  readonly name: string;
  readonly kind = 'worker';
  readonly everyMs = EVERY_MS;
  readonly #send: (offer: LedgerHeadOffer) => void;
  readonly #waiting = new Set<PromiseWithResolvers<Witnessed>>();
  #has: Witnessed;
  #hasLeft = false;

  constructor(
    { queue, worker }: Pick<WorkerHello, 'queue' | 'worker'>,
    said: LedgerWitnessed,
    send: (offer: LedgerHeadOffer) => void,
  ) {
    this.name = `worker ${worker} of ${queue}`;
    this.#has = bounded(said);
    this.#send = send;
  }

  get contradicts(): boolean {
    return this.#has.contradiction !== null;
  }

  last(): Promise<Witnessed> {
    return Promise.resolve(this.#has);
  }

  async offer(offer: HeadOffer): Promise<Witnessed> {
    if (this.#hasLeft) return this.#has;
    const answer = Promise.withResolvers<Witnessed>();
    this.#waiting.add(answer);
    const late = `it did not answer within ${ANSWER_MS} ms`;
    const timer = setTimeout(() => answer.reject(failure('timed-out', late)), ANSWER_MS);
    this.#send(offerMessage(offer));
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(answer);
    }
  }

  /** Takes what the worker says that it has. */
  heard(said: LedgerWitnessed): void {
    this.#has = bounded(said);
    for (const answer of this.#waiting) answer.resolve(this.#has);
  }

  /** The worker is gone. */
  left(): void {
    this.#hasLeft = true;
    for (const answer of this.#waiting) answer.reject(failure('unreachable', 'it has left'));
  }
}

function bounded(said: LedgerWitnessed): Witnessed {
  const has = witnessedIn(said);
  if (has === null) return { head: null, contradiction: 'what it says that it has is no head' };
  return { head: has.head, contradiction: has.contradiction?.slice(0, LONGEST_PROBLEM) ?? null };
}

const failure = (kind: 'timed-out' | 'unreachable', problem: string): SluiceError =>
  new SluiceError(kind, problem, { next: 'retry' });
