import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { type AgentServer, startAgentServer } from '@sluice/server/api/grpc/testing/agent-server.ts';
import { readTask } from '@sluice/server/store/tasks/change-tasks.ts';
import type { TaskRow } from '@sluice/server/store/tasks/task-row.ts';
import { setup, teardown } from '@sluice/server/store/testing/global-setup.ts';
import { withDatabase } from '@sluice/server/store/testing/with-database.ts';
import { startWorker } from '@sluice/worker/start-worker.ts';
import type { WorkerReport } from '@sluice/worker/worker-report.ts';

// What was set up first is torn down last.
beforeAll(setup);
afterAll(teardown);
const database = withDatabase();

const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const PATIENCE = { timeout: 60_000, interval: 20 };
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** One address behind which now one server stands and now another; `leadTo` breaks whatever was open. */
async function movingAddress(): Promise<{ url: string; leadTo(url: string): void }> {
  let target = '';
  const open = new Set<Socket>();
  const listener = createServer((near) => {
    const far = connect(Number(new URL(target).port), '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined); // Broken on purpose.
      socket.on('close', () => open.delete(socket));
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  cleanups.push(async () => {
    cut();
    await new Promise((resolve) => listener.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    leadTo: (url) => {
      target = url;
      cut();
    },
  };
}

const startServer = async (): Promise<AgentServer> => {
  const server = await startAgentServer({ db: database.db, queue: QUEUE, revisions: [V1], leaseMs: 3_000 });
  cleanups.push(() => server.stop());
  return server;
};

const ended = (id: string): Promise<TaskRow> =>
  vi.waitFor(async () => {
    const row = await readTask(database.db, 'default', id);
    assert(row?.state === 'succeeded', `${id} is ${row?.state}`);
    return row;
  }, PATIENCE);

describe('a worker between two servers', () => {
  it('loses and doubles nothing however often its session breaks', { timeout: 120_000 }, async () => {
    const servers = [await startServer(), await startServer()];
    const [first] = servers;
    assert(first !== undefined, 'there are two');
    const address = await movingAddress();
    address.leadTo(first.url);
    const reports: WorkerReport[] = [];
    const returned = new Map<string, number>();
    const worker = await startWorker<number>({
      ...{ url: address.url, agent: QUEUE, revision: V1, stopsOnSignals: false, concurrency: 20 },
      ...{ backoff: { initialMs: 10, maxMs: 50 }, lastWordsMs: 500 },
      report: (report) => void reports.push(report),
      handle: async ({ id, attempt, input }, { signal, log }) => {
        await log(`at ${input}`);
        // Work takes its time, so that breaks come in the middle of it.
        await pause(5 + (input % 20), undefined, { signal });
        returned.set(`${id} ${attempt}`, (returned.get(`${id} ${attempt}`) ?? 0) + 1);
        return input;
      },
    });
    cleanups.push(() => worker.stop(0));
    const inputs = Array.from({ length: 600 }, (_, n) => n);
    const taken = await first.desk.submit(
      'default',
      QUEUE,
      inputs.map((input) => ({ input })),
    );
    assert(taken.ok, 'they are taken');
    const doneTasks = (): number => new Set([...returned.keys()].map((key) => key.split(' ')[0])).size;
    for (let n = 1; n <= 10; n++) {
      await vi.waitFor(() => expect(doneTasks()).toBeGreaterThan(n * 40), PATIENCE);
      address.leadTo(servers[n % 2]?.url ?? '');
    }
    await vi.waitFor(() => expect(doneTasks()).toBe(600), PATIENCE);
    // Reading all of them again and again would keep the servers from everything else.
    const tasks = await Promise.all(taken.value.map(({ id }) => ended(id)));
    expect(tasks.map((task) => task?.result)).toEqual(inputs);
    // No attempt was begun twice, and those that a break did not harm needed no other.
    expect(new Set(returned.values())).toEqual(new Set([1]));
    expect(tasks.filter((task) => task?.attempt === 1).length).toBeGreaterThan(300);
    const welcomes = reports.filter(({ kind }) => kind === 'welcomed').length;
    expect(welcomes).toBeGreaterThan(3);
    expect(reports.filter(({ kind }) => kind === 'left-behind' || kind === 'thrown-late')).toEqual([]);
  });
});
