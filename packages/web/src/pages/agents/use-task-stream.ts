import type { ApiFailure } from '@sluice/protocol/http/api-call.ts';
import type { TaskEventView } from '@sluice/protocol/http/task-events.ts';
import { useEffect, useState } from 'react';
import { useApi } from '../../api/dashboard-api.tsx';

/** What was told of a task so far. */
export interface TaskTold {
  readonly events: readonly TaskEventView[];
  /** Whether all that there is has come, or the stream is open for more. */
  readonly isKnown: boolean;
  /** Why nothing comes at the moment; null while it does. */
  readonly failure: ApiFailure | null;
}

const NOTHING: TaskTold = { events: [], isKnown: false, failure: null };
/** Most events that are shown; beyond it the oldest go. */
const MOST = 10_000;
/** Events that come together are shown together, in ms. */
const GATHER_MS = 100;
/** A stream that was cut is opened again after this, and later and later while it cannot be, in ms. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

/** Follows a task: what is told of it stands here, and where it stands is asked anew when that changes. */
export function useTaskStream(id: string): TaskTold {
  const { client, answers } = useApi();
  const [told, setTold] = useState(NOTHING);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    let fresh: TaskEventView[] = [];
    let failure: ApiFailure | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (): void => {
      timer = undefined;
      const added = fresh;
      fresh = [];
      setTold(({ events }) => ({
        events: added.length === 0 ? events : [...events, ...added].slice(-MOST),
        isKnown: true,
        failure,
      }));
    };
    const showSoon = (): void => void (timer ??= setTimeout(show, GATHER_MS));
    const name = `task:${id}`;
    const follow = async (): Promise<void> => {
      let after = 0;
      let pauseMs = FIRST_PAUSE_MS;
      while (!signal.aborted) {
        const words = client.followTask(id, { after, signal });
        let step = await words.next();
        for (; !step.done; step = await words.next()) {
          failure = null;
          pauseMs = FIRST_PAUSE_MS;
          const word = step.value;
          if (word.kind === 'event') {
            after = word.event.sequence;
            fresh.push(word.event);
          } else if (word.kind === 'status') answers.renew((known) => known === name);
          else answers.put(name, word.task);
          showSoon();
          if (word.kind === 'ended') return;
        }
        failure = step.value;
        showSoon();
        await pause(pauseMs, signal);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    };
    setTold(NOTHING);
    void follow();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [client, answers, id]);
  return told;
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
