import { afterEach, describe, expect, it, vi } from 'vitest';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { listen } from '../store/database/listen.ts';
import { announceQueues, QUEUES_CHANNEL } from '../store/tasks/announce-queues.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { announcedQueue, type TaskBell, taskBell } from './task-bell.ts';

const QUEUE = trackId('shop', 'production', 'agent');
const OTHER = trackId('shop', 'production', 'other');
const PATIENCE = { timeout: 15_000, interval: 20 };
const database = withDatabase();
const ending: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

const unexpected = (thrown: unknown): void => expect.fail(String(thrown));

/** A server that only listens. */
async function hearing(): Promise<string[]> {
  const heard: string[] = [];
  const stop = new AbortController();
  const listens = Promise.withResolvers<void>();
  const listening = listen({
    ...{ url: database.url, channel: QUEUES_CHANNEL, signal: stop.signal },
    onNotify: (payload) => void heard.push(payload),
    onListening: () => listens.resolve(),
  });
  ending.push(() => {
    stop.abort();
    return listening;
  });
  await listens.promise;
  return heard;
}

const hang = (bell: TaskBell): TaskBell => {
  ending.push(() => bell.close());
  return bell;
};

describe('a bell', () => {
  it('tells another server of a queue, and of each queue by its name', async () => {
    const heard = await hearing();
    const bell = hang(
      taskBell({ announce: (payloads) => announceQueues(database.db, payloads), failed: unexpected }),
    );
    bell.ring('default', QUEUE);
    bell.ring('default', OTHER);
    await vi.waitFor(() => expect(heard).toHaveLength(2), PATIENCE);
    expect(heard.map(announcedQueue)).toEqual([
      { tenant: 'default', queue: QUEUE },
      { tenant: 'default', queue: OTHER },
    ]);
  });

  it('is heard at once, and then so often at most, however much it is rung', async () => {
    const announced: (readonly string[])[] = [];
    const announce = async (payloads: readonly string[]): Promise<void> => void announced.push(payloads);
    const bell = hang(taskBell({ announce, failed: unexpected, everyMs: 50 }));
    bell.ring('default', QUEUE);
    expect(announced).toHaveLength(1);
    for (let n = 0; n < 10_000; n++) bell.ring('default', n % 2 ? QUEUE : OTHER);
    expect(announced).toHaveLength(1);
    await vi.waitFor(() => expect(announced).toHaveLength(2), PATIENCE);
    expect(announced[1]?.toSorted()).toEqual([`default ${QUEUE}`, `default ${OTHER}`]);
  });

  it('that cannot be heard tells so, and is rung again', async () => {
    const failures: unknown[] = [];
    const announce = async (): Promise<void> => Promise.reject(new TypeError('away'));
    const bell = hang(taskBell({ announce, failed: (thrown) => failures.push(thrown), everyMs: 10 }));
    bell.ring('default', QUEUE);
    await vi.waitFor(() => expect(failures).toHaveLength(1), PATIENCE);
    bell.ring('default', QUEUE);
    await vi.waitFor(() => expect(failures).toHaveLength(2), PATIENCE);
  });

  it('does not take another word for a queue', () => {
    for (const payload of ['', ' ', 'default', 'default ', ` ${QUEUE}`])
      expect(announcedQueue(payload)).toBeNull();
  });
});
