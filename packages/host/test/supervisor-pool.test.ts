import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PoolOrder } from '@sluice/protocol/host/pool-schema.ts';
import { orderOf, runOf, writeProgram } from './host-programs.ts';
import { until } from './host-waiting.ts';
import { TestHost, TRACK } from './supervisor-harness.ts';

const REVISION = 'agent-1';

/** A host with one revision of so many instances. */
async function pooled(instances: number) {
  const host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { drainMs: 5_000 });
  await host.put(REVISION, orderOf(run, instances));
  await host.ready(REVISION, instances);
  let sequence = 0;
  const pool = (run: number[], also: Partial<PoolOrder> = {}) =>
    host.supervisor.order(TRACK, (track) =>
      track.putPool(REVISION, { sequence: ++sequence, run, leave: [], isAsleep: false, ...also }),
    );
  const numbers = () => host.instances(REVISION).map(({ instance }) => instance);
  const pidOf = (number: number) =>
    host.instances(REVISION).find(({ instance }) => instance === number)?.pid ?? 0;
  return { host, run, pool, numbers, pidOf };
}

test('a pool has the instances that it names, and what was ordered is the least', async () => {
  const { host, run, pool, numbers } = await pooled(1);
  await using _host = host;
  await pool([0, 1, 4]);
  await host.ready(REVISION, 3);
  expect(numbers()).toEqual([0, 1, 4]);
  expect(host.revision(REVISION)).toMatchObject({
    ordered: 1,
    pool: { sequence: 1, workers: 3, isAsleep: false },
  });
  await pool([4]);
  await until(() => numbers().length === 1, 'two instances stop');
  expect(numbers()).toEqual([4]);
  await host.put(REVISION, orderOf(run, 2, 2));
  await host.ready(REVISION, 2);
  expect(numbers()).toEqual([0, 4]);
});

test('an instance that is to leave runs until it ends by itself, and is not started again', async () => {
  const { host, pool, numbers, pidOf } = await pooled(2);
  await using _host = host;
  const leaving = pidOf(0);
  await pool([1, 2], { leave: [0] });
  await host.ready(REVISION, 2);
  expect(pidOf(0)).toBe(leaving);
  expect(host.instances(REVISION)[0]).toMatchObject({ state: 'draining' });
  process.kill(leaving, 'SIGTERM');
  await until(() => !numbers().includes(0), 'it has left');
  expect(numbers()).toEqual([1, 2]);
  await pool([0, 1, 2]);
  await host.ready(REVISION, 3);
  expect(host.instances(REVISION)[0]).toMatchObject({ unexpectedExits: 0 });
});

test('a pool that sleeps has no instance, and wakes up', async () => {
  const { host, pool, numbers } = await pooled(2);
  await using _host = host;
  await pool([], { isAsleep: true });
  await until(() => numbers().length === 0, 'all stop');
  expect(host.revision(REVISION)).toMatchObject({ ordered: 2, ready: 0, reason: null });
  await pool([0, 1]);
  await host.ready(REVISION, 2);
});

test('a pool that is not newer changes nothing', async () => {
  const { host, pool, numbers } = await pooled(1);
  await using _host = host;
  await pool([0, 3], { sequence: 7 });
  await host.ready(REVISION, 2);
  expect(await pool([0], { sequence: 7 })).toMatchObject({ ok: true });
  expect(await pool([0], { sequence: 5 })).toMatchObject({ ok: true });
  expect(numbers()).toEqual([0, 3]);
});

test('a pool of a revision that is not there, or too large, is refused', async () => {
  const { host, pool } = await pooled(1);
  await using _host = host;
  expect(await pool(Array.from({ length: 300 }, (_, number) => number))).toMatchObject({
    ok: false,
    refusal: { code: 'too-many-instances' },
  });
  const unknown = await host.supervisor.order(TRACK, (track) =>
    track.putPool('agent-9', { sequence: 1, run: [], leave: [], isAsleep: false }),
  );
  expect(unknown).toMatchObject({ ok: false });
});

test('the host tells what the processes of each instance use', async () => {
  const { host } = await pooled(2);
  await using _host = host;
  const used = await host.supervisor.track(TRACK)?.usageOf(REVISION);
  expect(used?.map(({ instance }) => instance)).toEqual([0, 1]);
  for (const { bytes, cpuMillis } of used ?? []) {
    expect(bytes).toBeGreaterThan(10_000_000);
    // Nothing starts without a processor, and these two have no more than the machine.
    expect(cpuMillis).toBeGreaterThan(0);
    expect(cpuMillis).toBeLessThan(64_000);
  }
});
