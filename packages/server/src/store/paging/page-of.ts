/** Part of a longer list; `next` goes on from there and is null at the end. */
interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/**
 * Reads a page of a list. One row more than is shown is read: it tells whether there is a next page.
 *
 * @param read the first rows from where the page begins, at most so many
 * @param show how a row is shown, and the cursor after which the next page begins
 */
export async function pageOf<Row, Item>(
  limit: number,
  read: (most: number) => Promise<readonly Row[]>,
  show: { readonly item: (row: Row) => Item; readonly cursor: (row: Row) => string },
): Promise<PageOf<Item>> {
  const rows = await read(limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(show.item),
    next: rows.length > limit && last !== undefined ? show.cursor(last) : null,
  };
}
