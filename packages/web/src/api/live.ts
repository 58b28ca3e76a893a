/**
 * Purpose: one connection to the stream of events for the whole page.
 *
 * 1. What is missed while the connection is lost is asked for when it is back, from the last event that was seen.
 * 2. Whoever listens is told of each event once, in order. 3. A hidden page keeps its connection: a rollout that ends
 * meanwhile stands there when the viewer comes back.
 */
import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { EventView } from '@sluice/protocol/http/views.ts';

/** Whether events come. */
export type LiveState =
  | { readonly name: 'connecting' }
  | { readonly name: 'live' }
  | { readonly name: 'lost'; readonly since: number; readonly reason: string };

/** The stream of events of this page. */
export interface Live {
  readonly state: () => LiveState;
  readonly subscribe: (changed: () => void) => () => void;
  readonly listen: (heard: (event: EventView) => void) => () => void;
  readonly start: (signal: AbortSignal) => Promise<void>;
}

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 5000;
/** A stream that has not been refused for so long is open; it says nothing by itself until something happens. */
const OPEN_AFTER_MS = 250;

interface LiveParts {
  readonly client: ApiClient;
  /** Called when the stream is there again after it was lost: whatever is shown may be old. */
  readonly recovered: () => void;
}

/** Opens the stream; nothing is connected before `start`. */
export function openLive({ client, recovered }: LiveParts): Live {
  const watchers = new Set<() => void>();
  const listeners = new Set<(event: EventView) => void>();
  let state: LiveState = { name: 'connecting' };
  const become = (next: LiveState): void => {
    if (next.name === state.name) return;
    const wasLost = state.name === 'lost';
    state = next;
    if (wasLost && next.name === 'live') recovered();
    for (const changed of watchers) changed();
  };
  const course = { last: null as number | null };
  const follow = async (signal: AbortSignal): Promise<string> => {
    const open = setTimeout(() => become({ name: 'live' }), OPEN_AFTER_MS);
    const stream = client.events({ after: course.last ?? 'latest', signal });
    try {
      for (let step = await stream.next(); ; step = await stream.next()) {
        if (step.done) return step.value === null ? 'the server closed it' : reasonOf(step.value);
        become({ name: 'live' });
        course.last = step.value.sequence;
        for (const heard of listeners) heard(step.value);
      }
    } finally {
      clearTimeout(open);
    }
  };
  return {
    state: () => state,
    subscribe: (changed) => subscribed(watchers, changed),
    listen: (heard) => subscribed(listeners, heard),
    start: async (signal) => {
      let pauseMs = FIRST_PAUSE_MS;
      while (!signal.aborted) {
        const began = Date.now();
        const reason = await follow(signal);
        if (signal.aborted) return;
        become({ name: 'lost', since: Date.now(), reason });
        pauseMs =
          Date.now() - began > LONGEST_PAUSE_MS ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        await pause(pauseMs, signal);
      }
    },
  };
}

function subscribed<Listener>(all: Set<Listener>, one: Listener): () => void {
  all.add(one);
  return () => all.delete(one);
}

const reasonOf = (failure: {
  readonly kind: string;
  readonly message?: string;
  readonly reason?: string;
}): string => failure.reason ?? failure.message ?? failure.kind;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
