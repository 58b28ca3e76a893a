import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Log } from '../log.ts';
import type { Endpoint, Router } from '../router/router.ts';

/** Whose endpoints are told to whom. */
export interface AnnouncedTrack {
  readonly track: string;
  readonly router: Router;
  readonly retryMs: number;
  readonly log: Log;
  /** What is true now. */
  endpoints(): readonly Endpoint[];
}

/**
 * Keeps the router informed of the endpoints of one track.
 * 1. One announcement is under way at a time; changes during it share the next one.
 * 2. Each announcement tells what is true when it is made; a failed one is repeated until it succeeds.
 */
export class EndpointAnnouncer {
  readonly #about: AnnouncedTrack;
  #last: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | null = null;
  #told: string | null = null;
  readonly #closing = new AbortController();

  constructor(about: AnnouncedTrack) {
    this.#about = about;
  }

  /** Resolves when every worker of the router knows what is true now. Never rejects. */
  announce(): Promise<void> {
    this.#waiting ??= this.#next();
    return this.#waiting;
  }

  /** Makes the router forget the track. */
  async withdraw(): Promise<void> {
    await this.announce();
    await this.#about.router.removeTrack(this.#about.track);
  }

  /** Tells nothing any more: the router has closed, or this process ends. */
  close(): void {
    this.#closing.abort();
  }

  #next(): Promise<void> {
    this.#last = this.#last.then(() => {
      this.#waiting = null;
      return this.#tell();
    });
    return this.#last;
  }

  async #tell(): Promise<void> {
    const { track, router, retryMs, log } = this.#about;
    const { signal } = this.#closing;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const endpoints = this.#about.endpoints();
      const text = JSON.stringify(endpoints);
      if (text === this.#told) return;
      try {
        await router.setEndpoints(track, endpoints);
        this.#told = text;
      } catch (error) {
        const reason = SluiceError.from(error, 'tell the router').message;
        if (attempt === 1) log('warn', 'router not told of a change', { track, reason });
        await wait(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
