/** A binary heap: whatever has the least rank comes out first. */
export class LeastFirst<Item> {
  readonly #ranks: number[] = [];
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(rank: number, item: Item): void {
    let at = this.#items.length;
    this.#ranks.push(rank);
    this.#items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#ranks[parent] as number) <= rank) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, rank, item);
  }

  /** The least rank; infinite when nothing is there. */
  least(): number {
    return this.#ranks[0] ?? Number.POSITIVE_INFINITY;
  }

  pop(): Item | undefined {
    const first = this.#items[0];
    const rank = this.#ranks.pop();
    const item = this.#items.pop();
    const { length } = this.#items;
    if (length === 0 || rank === undefined) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && (this.#ranks[child + 1] as number) < (this.#ranks[child] as number)) child++;
      if ((this.#ranks[child] as number) >= rank) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, rank, item as Item);
    return first;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#ranks[from] as number, this.#items[from] as Item);
  }

  #put(at: number, rank: number, item: Item): void {
    this.#ranks[at] = rank;
    this.#items[at] = item;
  }
}
