import type { ApiReply } from '@sluice/protocol/http/api-call.ts';
import type { PageView } from '@sluice/protocol/http/pages.ts';
import type { PageWish } from '@sluice/protocol/http/asking.ts';
import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { CommandContext } from '../command-context.ts';
import { type Outcome, refusedByApi } from '../refused.ts';

/** Most entries of one page. */
const PAGE = 200;
/** Pages after which a list is taken as it is; nobody reads further. */
const MOST_PAGES = 50;

/** Reads a list to its end, at most 10,000 entries of it. */
export async function readAll<Item>(
  context: CommandContext,
  read: (api: ApiClient, page: PageWish) => Promise<ApiReply<PageView<Item>>>,
): Promise<Outcome<readonly Item[]>> {
  const api = await context.api();
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const reply = await read(api, { cursor, limit: PAGE });
    if (!reply.ok) return { ok: false, refused: refusedByApi(reply.failure, api.baseUrl) };
    items.push(...reply.value.items);
    if (reply.value.next === null) break;
    cursor = reply.value.next;
  }
  return { ok: true, value: items };
}
