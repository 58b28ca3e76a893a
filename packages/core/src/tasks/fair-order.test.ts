import fc from 'fast-check';
import { expect, it } from 'vitest';
import { flowWeight, nextTag, PRIORITIES } from './fair-order.ts';

interface Task {
  readonly key: string;
  readonly tag: number;
}

/** A line as the store keeps it: tags are given when tasks come in, and the least one goes first. */
class Line {
  readonly #last = new Map<string, number>();
  #served = 0;
  #waiting: Task[] = [];

  submit(key: string, count: number, { weight = 1, priority = 5 } = {}): void {
    const flow = `${key} ${priority}`;
    for (let task = 0; task < count; task++) {
      const tag = nextTag(this.#last.get(flow) ?? 0, this.#served, flowWeight(weight, priority));
      this.#last.set(flow, tag);
      this.#waiting.push({ key, tag });
    }
  }

  serve(count: number): readonly string[] {
    this.#waiting = this.#waiting.toSorted((a, b) => a.tag - b.tag);
    const served = this.#waiting.splice(0, count);
    this.#served = Math.max(this.#served, ...served.map(({ tag }) => tag));
    return served.map(({ key }) => key);
  }
}

const countOf = (keys: readonly string[], key: string): number => keys.filter((one) => one === key).length;

it('serves keys by their weights while both have work', () => {
  const line = new Line();
  line.submit('large', 3_000, { weight: 3 });
  line.submit('small', 3_000);
  const served = line.serve(1_000);
  expect(countOf(served, 'large')).toBeGreaterThanOrEqual(749);
  expect(countOf(served, 'large')).toBeLessThanOrEqual(751);
});

it('lets somebody with little work pass somebody with much', () => {
  const line = new Line();
  line.submit('much', 4_500);
  line.submit('little', 100);
  expect(countOf(line.serve(250), 'little')).toBe(100);
});

it('lets nobody save up a lead by being away', () => {
  const line = new Line();
  line.submit('early', 1_000);
  line.serve(1_000);
  line.submit('late', 100);
  line.submit('early', 100);
  expect(Math.abs(countOf(line.serve(100), 'late') - 50)).toBeLessThanOrEqual(1);
});

it('lets an urgent task pass everything, whoever asked for it', () => {
  const line = new Line();
  line.submit('much', 100_000);
  line.serve(1_000);
  line.submit('much', 1, { priority: PRIORITIES.most });
  line.submit('urgent', 3, { priority: PRIORITIES.most });
  expect(countOf(line.serve(4), 'urgent')).toBe(3);
});

it('serves the least priority after a bounded amount of the highest', () => {
  const line = new Line();
  line.submit('patient', 1, { priority: PRIORITIES.least });
  line.submit('urgent', 20_000, { priority: PRIORITIES.most });
  expect(line.serve(20_001).indexOf('patient')).toBe(511);
});

it('starves nobody, whatever comes', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          key: fc.constantFrom('a', 'b', 'c'),
          count: fc.integer({ min: 1, max: 50 }),
          priority: fc.integer({ min: 0, max: 9 }),
        }),
        { minLength: 1, maxLength: 20 },
      ),
      (submits) => {
        const line = new Line();
        let total = 0;
        for (const { key, count, priority } of submits) {
          line.submit(key, count, { priority });
          total += count;
        }
        expect(line.serve(total)).toHaveLength(total);
      },
    ),
  );
});
