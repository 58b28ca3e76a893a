import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { type Refused, refusedByApi } from '../refused.ts';
import type { World } from '../world.ts';

/** What was seen at one look. */
export interface Look {
  readonly tracks: readonly TrackView[];
  /** Why the control plane could not be asked just now; what is shown is older then. */
  readonly trouble: Refused | null;
}

/** Between two looks, in milliseconds: live for people, cheap for the server, which answers most of them with 304. */
const LOOK_EVERY_MS = 500;

/**
 * Looks at tracks again and again until the signal is given. A control plane that is away for a while is waited for,
 * because rollouts and traffic do not depend on it; a refusal ends the looks.
 */
export async function* lookAtTracks(
  api: ApiClient,
  ids: readonly string[],
  { world, signal }: { readonly world: Pick<World, 'wait'>; readonly signal: AbortSignal },
): AsyncGenerator<Look, Refused | null> {
  const known = new Map<string, { readonly track: TrackView; readonly tag: string | null }>();
  while (!signal.aborted) {
    let trouble: Refused | null = null;
    for (const id of ids) {
      const reply = await api.trackUnless(id, known.get(id)?.tag ?? null);
      if (reply.ok) {
        if (reply.value !== null) known.set(id, { track: reply.value, tag: reply.tag });
      } else {
        const refused = refusedByApi(reply.failure, api.baseUrl);
        if (!passes(reply.failure)) return refused;
        trouble = refused;
      }
    }
    yield { tracks: [...known.values()].map(({ track }) => track), trouble };
    await world.wait(LOOK_EVERY_MS, signal);
  }
  return null;
}

const passes = (failure: Parameters<typeof refusedByApi>[0]): boolean =>
  failure.kind === 'refused' ? failure.problem.status >= 500 : failure.kind !== 'unreadable';
