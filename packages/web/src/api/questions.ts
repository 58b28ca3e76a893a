import type { ApiFailure, ApiReply } from '@sluice/protocol/http/api-call.ts';
import type { PageWish } from '@sluice/protocol/http/asking.ts';
import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { EventView, RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import type { Question } from './answers.ts';

/** Entries that are asked for at once: the most that the API gives. */
const PAGE = 200;
/** Most pages of one list; more than this nobody reads, and the page says so. */
const PAGES_LIMIT = 60;

/** A list that may be cut off. */
export interface LongList<Item> {
  readonly items: readonly Item[];
  /** Whether all of it is here. */
  readonly isWhole: boolean;
}

/** One track, with its explanation. */
export const trackQuestion = (client: ApiClient, id: string): Question<TrackView> => ({
  name: `track:${id}`,
  ask: () => client.track(id),
});

/** One rollout as it stands. */
export const rolloutQuestion = (client: ApiClient, id: string): Question<RolloutView> => ({
  name: `rollout:${id}`,
  ask: () => client.rollout(id),
});

/** The events of one rollout, oldest first. Its name lets no event ask it again: whoever shows them adds what is heard. */
export const eventsQuestion = (client: ApiClient, id: string): Question<LongList<EventView>> => ({
  name: `events of ${id}`,
  ask: () => whole((cursor) => client.rolloutEvents(id, { cursor, limit: PAGE })),
});

/** The latest rollouts of a track, or of all. */
export const rolloutsQuestion = (client: ApiClient, track?: string): Question<LongList<RolloutView>> => ({
  name: `rollouts:${track ?? ''}`,
  ask: () => whole((cursor) => client.rollouts({ track, cursor, limit: PAGE }), 2),
});

/** Every track; `soFar` is told of each part as it comes. */
export const tracksQuestion = (
  client: ApiClient,
  filter: { readonly application?: string } = {},
  soFar?: (list: LongList<TrackView>) => void,
): Question<LongList<TrackView>> => ({
  name: filter.application === undefined ? 'tracks' : `tracks-of:${filter.application}`,
  ask: () => whole((cursor) => client.tracks({ ...filter, cursor, limit: PAGE }), PAGES_LIMIT, soFar),
});

/** Any list that comes page by page, by a name of its own. */
export const listQuestion = <Item>(
  name: string,
  ask: (page: PageWish) => ReturnType<Ask<Item>>,
  pages = PAGES_LIMIT,
): Question<LongList<Item>> => ({
  name,
  ask: () => whole((cursor) => ask({ cursor, limit: PAGE }), pages),
});

type Ask<Item> = (
  cursor: string | undefined,
) => Promise<ApiReply<{ readonly items: readonly Item[]; readonly next: string | null }>>;

/** Reads a list part by part until it ends. */
async function whole<Item>(
  ask: Ask<Item>,
  pages = PAGES_LIMIT,
  soFar?: (list: LongList<Item>) => void,
): Promise<ApiReply<LongList<Item>>> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const reply: ApiReply<{ readonly items: readonly Item[]; readonly next: string | null }> =
      await ask(cursor);
    if (!reply.ok) return { ok: false, failure: reply.failure satisfies ApiFailure };
    items.push(...reply.value.items);
    if (reply.value.next === null) return answered({ items, isWhole: true });
    cursor = reply.value.next;
    soFar?.({ items: [...items], isWhole: false });
  }
  return answered({ items, isWhole: false });
}

const answered = <Value>(value: Value): ApiReply<Value> => ({ ok: true, value, tag: null, replayed: false });
