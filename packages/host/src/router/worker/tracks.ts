import type { InFlight, TrackState } from '../worker-message.ts';
import type { RouteTable } from './route-table.ts';
import type { SecondCounter } from './second-counter.ts';
import { Track } from './track.ts';
import type { UpstreamContext } from './upstream.ts';

/** The tracks of a worker, and those that are forgotten but still have requests running. */
export class Tracks {
  readonly #tracks = new Map<string, Track>();
  readonly #routes: RouteTable;
  readonly #counter: SecondCounter;
  readonly #context: UpstreamContext;

  constructor(routes: RouteTable, counter: SecondCounter, context: UpstreamContext) {
    this.#routes = routes;
    this.#counter = counter;
    this.#context = context;
  }

  /** Puts a state in force; from then on each new request is served by it. */
  apply(state: TrackState): void {
    const track = this.#tracks.get(state.track) ?? new Track(state.track, this.#counter, this.#context);
    this.#tracks.set(state.track, track);
    track.apply(state);
    this.#routes.rebuild(this.#tracks.values());
    this.#sweep();
  }

  /** Routes nothing to a track any more. */
  forget(name: string): void {
    if (this.#tracks.has(name)) this.apply({ track: name, table: null, endpoints: [] });
  }

  /** Requests that run now, per instance. */
  inFlight(): InFlight {
    const running: InFlight[number][] = [];
    for (const track of this.#tracks.values()) {
      for (const arm of track.arms) {
        for (const { port, inFlight } of arm.upstreams)
          if (inFlight > 0) running.push([track.name, arm.revision, port, inFlight]);
      }
    }
    return running;
  }

  /** Where the instances listen. */
  ports(): readonly number[] {
    return [...this.#tracks.values()].flatMap((track) =>
      [...track.arms].flatMap((arm) => arm.upstreams.map(({ port }) => port)),
    );
  }

  /** Lets go of tracks and counts that nothing refers to any more. */
  #sweep(): void {
    for (const [name, track] of this.#tracks)
      if (track.route === null && [...track.arms].length === 0) this.#tracks.delete(name);
    this.#counter.forgetUnused(
      (counts) => this.#tracks.get(counts.track)?.arm(counts.revision)?.counts === counts,
    );
  }
}
