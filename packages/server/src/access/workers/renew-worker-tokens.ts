import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { TokenSeats } from '../../targets/token-seats.ts';
import type { WorkerTokens } from './worker-tokens.ts';

/** Whose workers need a token, and where they look for it. */
export interface SeatedTrack {
  readonly track: TrackId;
  readonly seats: TokenSeats;
}

/** What renewing works with. */
export interface RenewalPorts {
  readonly tokens: WorkerTokens;
  /** Every place at which workers of a track run. */
  readonly seated: () => Promise<readonly SeatedTrack[]>;
  readonly log: Pick<Logger, 'warn'>;
  readonly wait: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** How often is looked, in ms: after a start at once, and soon after one was revoked. */
const EVERY_MS = 60_000;

/** Renews the tokens of workers that run, until the signal. One that cannot be renewed now is tried again. */
export async function renewWorkerTokens({ tokens, seated, log, wait, signal }: RenewalPorts): Promise<void> {
  const failed = (what: string, thrown: unknown): void =>
    log.warn({ reason: SluiceError.from(thrown, what).message }, 'tokens of workers were not renewed');
  while (!signal.aborted) {
    const all = await seated().catch((thrown: unknown) => {
      failed('finding workers', thrown);
      return [];
    });
    for (const { track, seats } of all) {
      if (signal.aborted) return;
      await tokens
        .ensure(track, seats)
        .catch((thrown: unknown) => failed(`renewing the token of ${track}`, thrown));
    }
    await wait(EVERY_MS);
  }
}
