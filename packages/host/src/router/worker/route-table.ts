import { covers } from './path-prefix.ts';
import type { Track } from './track.ts';

/**
 * Finds the track of a request: first among the tracks of its host, then among those of any host; in each, the longest
 * path prefix on a segment border wins. Paths are compared as they were sent: nothing is decoded, no dots are removed.
 */
export class RouteTable {
  #byHost = new Map<string, Track[]>();
  #anyHost: Track[] = [];

  /** Replaces all routes; tracks without a table route nothing. */
  rebuild(tracks: Iterable<Track>): void {
    this.#byHost = new Map();
    this.#anyHost = [];
    for (const track of tracks) {
      const host = track.route?.host?.toLowerCase();
      if (track.route === null) continue;
      if (host === undefined) this.#anyHost.push(track);
      else this.#byHost.set(host, [...(this.#byHost.get(host) ?? []), track]);
    }
    this.#anyHost.sort(longestPathFirst);
    for (const list of this.#byHost.values()) list.sort(longestPathFirst);
  }

  /** @param host in lower case, without a port */
  find(host: string, path: string): Track | undefined {
    const own = this.#byHost.size === 0 ? undefined : this.#byHost.get(host);
    return (own && firstCovering(own, path)) ?? firstCovering(this.#anyHost, path);
  }
}

const longestPathFirst = (left: Track, right: Track): number =>
  (right.route?.path.length ?? 0) - (left.route?.path.length ?? 0);

function firstCovering(tracks: readonly Track[], path: string): Track | undefined {
  for (const track of tracks) if (track.route !== null && covers(track.pathPrefix, path)) return track;
  return undefined;
}
