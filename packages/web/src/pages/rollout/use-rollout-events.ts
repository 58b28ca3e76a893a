import type { EventView } from '@sluice/protocol/http/views.ts';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Answer } from '../../api/answers.ts';
import { useAnswer, useApi, useEvents } from '../../api/dashboard-api.tsx';
import { eventsQuestion, type LongList } from '../../api/questions.ts';

/** Events of one commit come together. */
const GATHER_MS = 120;

/**
 * The events of a rollout, oldest first. They are read once; what happens then is added as it is heard, because ten thousand
 * events are not to be read again for each that comes.
 */
export function useRolloutEvents(id: string): Answer<LongList<EventView>> {
  const { client } = useApi();
  const answer = useAnswer(eventsQuestion(client, id));
  const heard = useHeardEvents(id);
  return useMemo(() => {
    const { value } = answer;
    if (value === undefined) return answer;
    const last = value.items.at(-1)?.sequence ?? 0;
    const added = heard.filter(({ sequence }) => sequence > last);
    return added.length === 0
      ? answer
      : { ...answer, value: { ...value, items: [...value.items, ...added] } };
  }, [answer, heard]);
}

/** What was heard of a rollout since somebody looks at it, in order. */
function useHeardEvents(id: string): readonly EventView[] {
  const [heard, setHeard] = useState<readonly EventView[]>([]);
  const fresh = useRef<EventView[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEvents((event) => {
    if (event.rollout !== id) return;
    fresh.current.push(event);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const added = fresh.current.splice(0);
      setHeard((before) => [...before, ...added]);
    }, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return heard;
}
