/**
 * Purpose: lets a track go on whose stored version is lower than a generation that a target or router has obeyed. Without
 * it every order would be refused as stale for ever, as after the restore of an older backup.
 *
 * A refusal as stale has three causes, and the version that is stored, read under the lock under which it is changed,
 * tells them apart. Every order carries a version that was committed before it was given. So as long as the store only
 * goes forward:
 * 1. A generation that was obeyed is never above the stored version. This replica was too slow: nothing is done.
 * 2. One that is above it proves that the store went back (a backup, a lagging standby, a disk that lied).
 * 3. Two orders with one generation and different content prove it as well, if that generation is still the stored one.
 * In 2 and 3 the version is raised above what was obeyed. That cannot let a stale order through, whoever does it: orders
 * carry the version that their decision was loaded with, so that only who loads the track anew has the higher one.
 *
 * What it cannot tell from a restored store is a second control plane with a store of its own that gives orders to the
 * same host. Those two would overbid each other without end; after `MOST_RAISES` a person has to look.
 */
import type { Logger } from 'pino';
import { z } from 'zod';
import type { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { HeldGeneration } from '@sluice/core/kernel/held-generation.ts';
import type { VersionRaise } from '../store/tracks/raise-version.ts';
import { describeRaise, type GenerationRaised } from './generation-raised.ts';

/** Raises of one track within `RAISES_WITHIN_MS`; a restore needs one. */
const MOST_RAISES = 3;
const RAISES_WITHIN_MS = 3_600_000;

/** What the keeper works with. */
export interface GenerationKeeperPorts {
  /** As `raiseVersion` of the store. */
  raise(tenant: string, raise: VersionRaise): Promise<number | null>;
  readonly now: () => Instant;
  readonly log: Logger;
}

/** Whose order was refused. */
export interface RefusedPlace {
  readonly tenant: string;
  readonly track: TrackState;
}

const heldGeneration: z.ZodType<HeldGeneration> = z.object({
  heldGeneration: z.int().positive(),
  isReused: z.boolean(),
});

/** Owns, in memory: when it has raised what, for its limit. */
export class GenerationKeeper {
  readonly #ports: GenerationKeeperPorts;
  readonly #raises = new Map<string, readonly Instant[]>();

  constructor(ports: GenerationKeeperPorts) {
    this.#ports = ports;
  }

  /**
   * Heeds the failure of an order.
   * @returns what it adds to the reason: null, unless a person is needed
   */
  async heed(place: RefusedPlace, failure: SluiceError): Promise<string | null> {
    const parsed = heldGeneration.safeParse(failure.cause);
    if (failure.code !== 'refused-as-stale' || !parsed.success) return null;
    const held = parsed.data;
    if (!Number.isSafeInteger(held.heldGeneration + 1)) return null;
    const recent = this.#recent(place);
    if (recent.length >= MOST_RAISES) {
      const track = place.track.id;
      return `This came back ${MOST_RAISES} times: another control plane with a store of its own seems to give orders for ${track} to the same host. Stop one of the two.`;
    }
    if (await this.#raise(place, held)) this.#raises.set(keyOf(place), [...recent, this.#ports.now()]);
    return null;
  }

  async #raise({ tenant, track }: RefusedPlace, held: HeldGeneration): Promise<boolean> {
    const { now, log } = this.#ports;
    const at = now();
    const to = held.heldGeneration + 1;
    const below = held.isReused ? to : held.heldGeneration;
    const factOf = (from: number): GenerationRaised => ({
      ...{ kind: 'generationRaised', at },
      ...{ from, to, held: held.heldGeneration },
    });
    const journal = (from: number) => journalOf(track, factOf(from));
    const from = await this.#ports.raise(tenant, { trackId: track.id, below, to, wakeAt: at, journal });
    if (from === null) return false;
    log.warn({ track: track.id, from, to }, 'the store had gone back; the track goes on at a higher version');
    return true;
  }

  #recent(place: RefusedPlace): readonly Instant[] {
    const since = this.#ports.now() - RAISES_WITHIN_MS;
    return (this.#raises.get(keyOf(place)) ?? []).filter((at) => at > since);
  }
}

const keyOf = ({ tenant, track }: RefusedPlace): string => `${tenant} ${track.id}`;

function journalOf(track: TrackState, fact: GenerationRaised): ReturnType<VersionRaise['journal']> {
  const { at, kind } = fact;
  const detail = { track: track.id, words: describeRaise(fact) };
  return {
    events: [{ rolloutId: track.active?.id ?? null, at, kind, body: fact }],
    ledgerEntries: [{ at, actor: 'engine', action: kind, subject: track.active?.id ?? track.id, detail }],
  };
}
