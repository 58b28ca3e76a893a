import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Logger } from 'pino';
import { HeadOffers } from './head-offers.ts';
import { type SignerParts, signPresentHead } from './head-signer.ts';
import type { LedgerWitness } from './ledger-witness.ts';
import { WitnessRound, type WitnessState } from './witness-round.ts';
import { WorkerRounds } from './worker-rounds.ts';
import type { WorkerWitnesses } from './worker-witnesses.ts';

/** The heads of a ledger, signed and told. */
export interface WitnessDuty {
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
    /** The workers that are witnesses at the moment. */
    readonly workers: Pick<WorkerWitnesses, 'all'>;
    readonly log: Logger;
    readonly signal: AbortSignal;
  },
): WitnessDuty {
  const roundParts = { ...parts, offers: new HeadOffers(parts.db, parts.tenant) };
  const rounds = parts.witnesses.map((witness) => new WitnessRound(roundParts, witness));
  const workers = new WorkerRounds(roundParts);
  const ending = new AbortController();
  const signal = AbortSignal.any([parts.signal, ending.signal]);
  let shouted: string | null = null;
  const round = async (): Promise<void> => {
    const signing = await signPresentHead(parts);
    if (signing.kind === 'contradiction' && signing.problem !== shouted) {
      shouted = signing.problem;
      parts.log.error({ tenant: parts.tenant, problem: signing.problem }, 'the ledger was tampered with');
    }
    if (signing.kind !== 'signed') return;
    workers.tell(signing.head);
    await Promise.all(rounds.map((each) => each.tell(signing.head)));
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
    ask: async () => {
      const [told] = await Promise.all([workers.ask(), ...rounds.map((each) => each.ask())]);
      return [...rounds.map(({ state }) => state), ...told];
    },
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}
