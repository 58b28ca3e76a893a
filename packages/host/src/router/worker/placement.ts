import { randomUUID } from 'node:crypto';
import type { Arm } from './arm.ts';
import type { Inbound } from './inbound.ts';
import type { Problem } from './problem.ts';
import { PROBLEMS } from './problems.ts';
import type { RouteTable } from './route-table.ts';
import type { Track } from './track.ts';

/** Where a request goes, or why it goes nowhere. `options` is `OPTIONS *`, which asks the router itself. */
export type Placement =
  | {
      readonly track: Track;
      readonly arm: Arm;
      /** The router's own headers of the answer, name and value alternating. */
      readonly ownHeaders: readonly string[];
    }
  | { readonly refused: Problem | 'options' };

/** Finds the track, the revision and the sticky cookie of a request. */
export function place(routes: RouteTable, inbound: Inbound): Placement {
  if (inbound.problem !== null) return { refused: inbound.problem };
  if (inbound.target === '*') return { refused: 'options' };
  const track = routes.find(inbound.host, inbound.path);
  if (track === undefined) return { refused: PROBLEMS.noRoute };
  const maxBodyBytes = track.route?.maxBodyBytes ?? 0;
  if (maxBodyBytes > 0 && inbound.contentLength > maxBodyBytes) return { refused: PROBLEMS.bodyTooLarge };
  return placeOnRevision(track, inbound);
}

function placeOnRevision(track: Track, inbound: Inbound): Placement {
  const cookieName = track.missingCookie(inbound);
  const cookie = cookieName === undefined ? undefined : randomUUID();
  const revision = track.choose(inbound, cookie);
  if (revision === undefined) return { refused: PROBLEMS.emptySplit };
  const arm = track.arm(revision);
  if (arm === undefined) return { refused: PROBLEMS.noInstance };
  if (cookieName === undefined) return { track, arm, ownHeaders: arm.ownHeaders };
  const setCookie = `${cookieName}=${cookie}; Path=/; HttpOnly; SameSite=Lax`;
  return { track, arm, ownHeaders: [...arm.ownHeaders, 'set-cookie', setCookie] };
}
