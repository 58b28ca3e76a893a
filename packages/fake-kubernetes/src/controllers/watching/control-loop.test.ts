import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { ControlLoop } from './control-loop.ts';

/** A loop whose turns are told and held until they are let go. */
function heldLoop(workers = 8) {
  const begun: string[] = [];
  const holds: (() => void)[] = [];
  let tell: () => void = () => undefined;
  const loop = new ControlLoop(
    systemClock,
    async (key) => {
      begun.push(key);
      tell();
      await new Promise<void>((resolve) => holds.push(resolve));
      return undefined;
    },
    { workers },
  );
  const untilBegun = (count: number): Promise<void> =>
    new Promise((resolve) => {
      tell = () => {
        if (begun.length >= count) resolve();
      };
      tell();
    });
  const letGo = (): void => {
    for (const hold of holds.splice(0)) hold();
  };
  return { loop, begun, untilBegun, letGo };
}

it('a key that is added several times is looked at once', async () => {
  const { loop, begun, untilBegun, letGo } = heldLoop();
  for (let times = 0; times < 5; times += 1) loop.add('a');
  loop.add('b');
  await untilBegun(2);
  letGo();
  await loop.stop();
  expect(begun).toEqual(['a', 'b']);
});

it('a key that is added during its turn gets another one, and never two at a time', async () => {
  const { loop, begun, untilBegun, letGo } = heldLoop();
  loop.add('a');
  await untilBegun(1);
  loop.add('a');
  loop.add('b');
  await untilBegun(2);
  expect(begun).toEqual(['a', 'b']);
  letGo();
  await untilBegun(3);
  letGo();
  await loop.stop();
  expect(begun).toEqual(['a', 'b', 'a']);
});

it('no more keys are worked on at once than there are workers', async () => {
  const { loop, begun, untilBegun, letGo } = heldLoop(2);
  for (const key of ['a', 'b', 'c']) loop.add(key);
  await untilBegun(2);
  expect(begun).toEqual(['a', 'b']);
  letGo();
  await untilBegun(3);
  letGo();
  await loop.stop();
});

it('a turn that fails is repeated', async () => {
  let turns = 0;
  const loop = await new Promise<ControlLoop>((resolve) => {
    const failing: ControlLoop = new ControlLoop(systemClock, async () => {
      turns += 1;
      if (turns < 3) throw new SluiceError('conflict', 'somebody was quicker', { next: 'retry' });
      resolve(failing);
      return undefined;
    });
    failing.add('a');
  });
  await loop.stop();
  expect(turns).toBe(3);
});

it('stopping waits for the turn that is under way and begins no other', async () => {
  const { loop, begun, untilBegun, letGo } = heldLoop(1);
  loop.add('a');
  loop.add('b');
  await untilBegun(1);
  let hasStopped = false;
  const stopping = loop.stop().then(() => {
    hasStopped = true;
  });
  loop.add('c');
  await Promise.resolve();
  expect(hasStopped).toBe(false);
  letGo();
  await stopping;
  expect(begun).toEqual(['a']);
});
