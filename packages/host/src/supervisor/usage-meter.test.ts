import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, expect, test, vi } from 'vitest';
import { UsageMeter } from './usage-meter.ts';

/** Burns a processor until it is told to rest. */
const PROGRAM = `let rests = false; process.stdin.on('data', () => { rests = true; });
console.log('up'); (function burn() { const end = Date.now() + 20; while (!rests && Date.now() < end); setTimeout(burn, rests ? 1000 : 0); })();`;

const started: ReturnType<typeof spawn>[] = [];
afterAll(() => started.forEach((child) => child.kill('SIGKILL')));

test('processor time is measured between two looks, and looks that are too close say the same', async () => {
  const child = spawn(process.execPath, ['-e', PROGRAM], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  started.push(child);
  await once(child.stdout, 'data');
  const group = child.pid ?? 0;
  let now = 1_000_000;
  const meter = new UsageMeter(() => now);
  const rate = async () => (await meter.ofGroups([group])).get(group)?.cpuMillis ?? 0;
  await vi.waitFor(async () => expect(await rate()).toBeGreaterThan(0));
  const first = await rate();
  now += 100;
  expect(await rate()).toBe(first);
  // Whatever it burnt meanwhile, over a span that the test chooses, is next to nothing.
  now += 3_600_000;
  expect(await rate()).toBeLessThan(50);
});

test('a group that has ended uses nothing', async () => {
  expect((await new UsageMeter(Date.now).ofGroups([4_194_303])).get(4_194_303)).toEqual({
    bytes: 0,
    cpuMillis: 0,
  });
});
