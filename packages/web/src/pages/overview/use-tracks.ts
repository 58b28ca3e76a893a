import type { TrackView } from '@sluice/protocol/http/views.ts';
import { useEffect, useRef } from 'react';
import type { Answer } from '../../api/answers.ts';
import { useAnswer, useApi, useEvents } from '../../api/dashboard-api.tsx';
import { type LongList, tracksQuestion } from '../../api/questions.ts';

/** What moves is looked at so often: its explanation changes without an event. */
const MOVING_EVERY_MS = 2000;
/** Most tracks that are looked at one by one; beyond it the list is read anew. */
const ONE_BY_ONE = 24;
/** Events of one commit come together. */
const GATHER_MS = 150;

/** Every track, kept fresh one by one as events tell of them. */
export function useTracks(): Answer<LongList<TrackView>> {
  const { client, answers } = useApi();
  const answer = useAnswer(
    tracksQuestion(client, {}, (list) => {
      // Only the first reading shows its parts; later ones have all of the old until they have all of the new.
      if (latest.current.value?.isWhole !== true) answers.put('tracks', list);
    }),
  );
  const latest = useRef(answer);
  latest.current = answer;
  const told = useRef(new Set<string>());
  useEvents((event) => told.current.add(event.track));
  useEffect(() => {
    const renew = async (ids: readonly string[]): Promise<void> => {
      const replies = await Promise.all(ids.map((id) => client.track(id)));
      const fresh = new Map(
        replies.flatMap((reply) => (reply.ok ? [[reply.value.id, reply.value] as const] : [])),
      );
      const list = latest.current.value;
      if (!list || fresh.size === 0) return;
      answers.put('tracks', { ...list, items: withFresh(list.items, fresh) });
    };
    const look = (isRound: boolean): void => {
      const moving = isRound ? (latest.current.value?.items ?? []).filter(({ active }) => active) : [];
      const ids = [...new Set([...told.current, ...moving.slice(0, ONE_BY_ONE).map(({ id }) => id)])];
      told.current.clear();
      if (ids.length === 0 || document.hidden) return;
      if (ids.length > ONE_BY_ONE * 2) answers.renew((name) => name === 'tracks');
      else void renew(ids);
    };
    const timers = [
      setInterval(() => look(false), GATHER_MS),
      setInterval(() => look(true), MOVING_EVERY_MS),
    ];
    return () => timers.forEach(clearInterval);
  }, [client, answers]);
  return answer;
}

function withFresh(items: readonly TrackView[], fresh: ReadonlyMap<string, TrackView>): readonly TrackView[] {
  const known = new Set(items.map(({ id }) => id));
  const added = [...fresh.values()].filter(({ id }) => !known.has(id));
  return [...items.map((track) => fresh.get(track.id) ?? track), ...added];
}
