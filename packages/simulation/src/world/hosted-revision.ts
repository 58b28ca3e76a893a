import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ObservedRevision } from '@sluice/core/rollout/observation.ts';
import type { Chance } from '../clock/chance.ts';
import type { Quality } from '../script/script.ts';

/** A crash loop is called one when its instances have fallen over for so long, in milliseconds. */
const CRASH_LOOP_SEEN_MS = 6000;
/** How long an instance that crashed waits before it starts again, in milliseconds. */
const BACKOFF_MS = 1000;

interface Instance {
  startedAt: Instant;
  readyAt: Instant;
  unreadyUntil: Instant;
}

/** The instances of one revision on the simulated host; what they are like follows from time, without events. */
export class HostedRevision {
  readonly id: RevisionId;
  readonly quality: Quality;
  ordered = 0;
  /** The generation of the last order that it obeyed. */
  generation = 0;
  dedicatedPorts = false;
  /** While it drains; the host forgets it afterwards. */
  retiring = false;
  readonly #chance: Chance;
  readonly #instances: Instance[] = [];

  constructor(id: RevisionId, quality: Quality, chance: Chance) {
    this.id = id;
    this.quality = quality;
    this.#chance = chance;
  }

  /** Starts what is missing and stops what is too many, the youngest first. */
  order(instances: number, generation: number, now: Instant): void {
    this.ordered = instances;
    this.generation = generation;
    this.retiring = false;
    this.#instances.length = Math.min(this.#instances.length, instances);
    while (this.#instances.length < instances) this.#instances.push(this.#started(now));
  }

  /** Lets the oldest instances fall over; they start again after a while. */
  crash(count: number, now: Instant): void {
    for (let index = 0; index < Math.min(count, this.#instances.length); index++)
      this.#instances[index] = this.#started(now + BACKOFF_MS);
  }

  /** Lets the oldest instances fail their probes for a time. */
  turnUnready(count: number, until: Instant): void {
    for (const instance of this.#instances.slice(0, count)) instance.unreadyUntil = until;
  }

  ready(now: Instant): number {
    if (this.retiring || this.#isBroken()) return 0;
    let ready = 0;
    for (const { readyAt, unreadyUntil } of this.#instances)
      if (now >= readyAt && now >= unreadyUntil) ready++;
    return ready;
  }

  observed(now: Instant): ObservedRevision {
    const ready = this.ready(now);
    return {
      ordered: this.ordered,
      generation: this.generation,
      ready,
      wanted: null,
      disrupted: false,
      crashLooping: this.#isCrashLooping(now),
      reason: ready < this.ordered ? this.#reason() : null,
      youngestStartAt: this.#instances.reduce<Instant | null>(
        (youngest, { startedAt }) => Math.max(youngest ?? startedAt, startedAt),
        null,
      ),
    };
  }

  #isBroken(): boolean {
    return this.quality.kind === 'never-ready' || this.quality.kind === 'crash-looping';
  }

  #isCrashLooping(now: Instant): boolean {
    return (
      this.quality.kind === 'crash-looping' &&
      this.#instances.some(({ startedAt }) => now - startedAt >= CRASH_LOOP_SEEN_MS)
    );
  }

  #reason(): string {
    if (this.retiring) return 'draining';
    return this.quality.kind === 'crash-looping' ? 'exit code 1' : 'not healthy yet';
  }

  #started(now: Instant): Instance {
    const readyAt = now + this.quality.startMs * this.#chance.between(0.7, 1.5);
    return { startedAt: now, readyAt, unreadyUntil: 0 };
  }
}
