import { type ApiClient, apiClient } from '@sluice/protocol/http/client.ts';
import type { EventView } from '@sluice/protocol/http/views.ts';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { type Answer, Answers, type Question } from './answers.ts';
import { type Live, type LiveState, openLive } from './live.ts';
import { openSession, type Session } from './session.ts';

/** Everything through which a page knows the control plane. */
export interface DashboardApi {
  readonly client: ApiClient;
  readonly session: Session;
  readonly answers: Answers;
  readonly live: Live;
}

const Context = createContext<DashboardApi | null>(null);

/** Asks of the same kind within so long are one: a rollout tells of several events in one commit. */
const GATHER_MS = 120;

/** Opens the API of the address that this page came from. */
export function openDashboardApi(): DashboardApi {
  const session = openSession();
  const client = apiClient({ baseUrl: location.origin, fetch: session.fetch });
  const answers = new Answers();
  const live = openLive({ client, recovered: () => answers.renew() });
  return { client, session, answers, live };
}

/** Gives the API to what is inside, keeps answers fresh by what is heard, and ends with the page. */
export function ApiProvider({ api, children }: { readonly api: DashboardApi; readonly children: ReactNode }) {
  useEffect(() => {
    const ending = new AbortController();
    const changed = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const renew = (): void => {
      timer = undefined;
      const tracks = new Set(changed);
      changed.clear();
      api.answers.renew((name) => isTold(name, tracks));
    };
    const stop = api.live.listen((event) => {
      changed.add(event.track);
      if (event.rollout !== null) changed.add(event.rollout);
      timer ??= setTimeout(renew, GATHER_MS);
    });
    void api.live.start(ending.signal);
    return () => {
      ending.abort();
      stop();
      clearTimeout(timer);
    };
  }, [api]);
  return <Context value={api}>{children}</Context>;
}

/** A question whose name ends with what an event is about is asked again: `track:shop/production/web`, `events:ID`. */
const isTold = (name: string, subjects: ReadonlySet<string>): boolean =>
  subjects.has(name.slice(name.indexOf(':') + 1));

/** The API of the page. */
export function useApi(): DashboardApi {
  const api = useContext(Context);
  if (api === null) throw new TypeError('useApi is called outside of ApiProvider');
  return api;
}

/** What is known of a question; it is asked when it is first looked at, when events tell of it, and every `everyMs`. */
export function useAnswer<Value>(question: Question<Value>, everyMs?: number): Answer<Value> {
  const { answers } = useApi();
  const { name } = question;
  const latest = useRef(question);
  latest.current = question;
  const watch = useCallback(
    (changed: () => void) => answers.watch({ name, ask: () => latest.current.ask() }, changed),
    [answers, name],
  );
  const answer = useSyncExternalStore(watch, () => answers.read(latest.current));
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) answers.renew((known) => known === name);
    }, everyMs);
    return () => clearInterval(timer);
  }, [answers, name, everyMs]);
  return answer;
}

/** Whether events come, for the mark in the corner. */
export function useLiveState(): LiveState {
  const { live } = useApi();
  return useSyncExternalStore(live.subscribe, live.state);
}

/** Whether the control plane no longer takes this viewer for anybody. */
export function useIsSignedOut(): boolean {
  const { session } = useApi();
  return useSyncExternalStore(session.subscribe, session.isRefused);
}

/** Calls back with each event as it comes. */
export function useEvents(heard: (event: EventView) => void): void {
  const { live } = useApi();
  const latest = useRef(heard);
  latest.current = heard;
  useEffect(() => live.listen((event) => latest.current(event)), [live]);
}

/** The time, in milliseconds since the epoch, anew every so often. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return useMemo(() => now, [now]);
}
