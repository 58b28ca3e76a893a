import { PAGE_DEFAULT, PAGE_LIMIT, type PageView } from '@sluice/protocol/http/pages.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { z } from 'zod';
import type { Page, PageRequest } from '../../rollouts/control-plane.ts';
import { openCursor, sealCursor } from './cursor.ts';
import { problem } from './problems.ts';

/** The two query parameters of every list. */
export const pageQuery = {
  cursor: z.string().min(1).max(1000).optional().describe('`next` of the page before; the start without.'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_LIMIT)
    .default(PAGE_DEFAULT)
    .describe('Most entries to give.'),
};

/** A page that was asked for. */
export interface PageQuery {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/**
 * Reads the page that a query asks for and seals the cursor to the next one.
 *
 * @param list the list with its filter; a cursor of another is refused with 400
 */
export async function readPage<Item>(
  list: string,
  query: PageQuery,
  read: (request: PageRequest) => Promise<Page<Item>>,
): Promise<Result<PageView<Item>, Problem>> {
  const cursor = query.cursor === undefined ? null : openCursor(list, query.cursor);
  if (cursor === undefined) return { ok: false, refusal: badCursor() };
  const page = await read({ cursor, limit: query.limit });
  return ok({ items: page.items, next: page.next === null ? null : sealCursor(list, page.next) });
}

const badCursor = (): Problem =>
  problem({
    status: 400,
    code: 'invalid-cursor',
    detail: 'The cursor is not one that this list gave with this filter.',
    remedy: 'Give `next` of a page unchanged, with the same filter, or start again without a cursor.',
    errors: [{ pointer: '/query/cursor', detail: 'is not a cursor of this list' }],
  });
