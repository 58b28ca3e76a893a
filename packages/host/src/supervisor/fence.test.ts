import fc from 'fast-check';
import { expect, test } from 'vitest';
import { throughFence } from './fence.ts';

const START = { generation: 0, digests: {} };
const order = (generation: number, content: unknown, thing = 'split') => ({ generation, thing, content });

function pass(fence: Parameters<typeof throughFence>[0], ...orders: ReturnType<typeof order>[]) {
  let now = fence;
  const outcomes = orders.map((given) => {
    const passed = throughFence(now, given);
    if (passed.ok) now = passed.value;
    return passed.ok ? 'passed' : passed.refusal.code;
  });
  return { fence: now, outcomes };
}

test('the same order passes any number of times, whatever the order of its keys', () => {
  expect(pass(START, order(3, { a: 1, b: 2 }), order(3, { b: 2, a: 1 })).outcomes).toEqual([
    'passed',
    'passed',
  ]);
});

test('other content under the same generation is refused for the same thing only', () => {
  const { outcomes } = pass(
    START,
    order(3, 'x'),
    order(3, 'y'),
    order(3, 'y', 'revision web-1'),
    order(4, 'y'),
  );
  expect(outcomes).toEqual(['passed', 'generation-reused', 'passed', 'passed']);
});

test('a thing may be named like a property that every object has', () => {
  expect(pass(START, order(1, 'x', '__proto__'), order(1, 'x', 'constructor')).outcomes).toEqual([
    'passed',
    'passed',
  ]);
});

test('the fence never goes back, and remembers no more than one generation', () => {
  const orders = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom('a', 'b'), fc.constantFrom('s', 'r')),
  );
  fc.assert(
    fc.property(orders, (given) => {
      let fence: Parameters<typeof throughFence>[0] = START;
      for (const [generation, content, thing] of given) {
        const passed = throughFence(fence, { generation, content, thing });
        expect(passed.ok).toBe(
          generation > fence.generation ||
            (generation === fence.generation &&
              pass(fence, order(generation, content, thing)).outcomes[0] === 'passed'),
        );
        if (!passed.ok) continue;
        expect(passed.value.generation).toBe(generation);
        expect(Object.keys(passed.value.digests).length).toBeLessThanOrEqual(2);
        fence = passed.value;
      }
    }),
  );
});
