import { expect, test } from 'vitest';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { HeldLease } from '@sluice/server/store/tasks/settle-tasks.ts';
import { Dispatcher } from '@sluice/server/tasks/dispatcher.ts';
import { dealtPlaces } from './dealt-places.ts';

const helloOf = (worker: string) => ({
  ...{ tenant: 'default', worker, abilities: [] },
  ...{ queue: 'played/here/agent' as TrackId, revision: 'agent-1' as RevisionId },
});
const timers = { every: () => () => undefined, after: () => () => undefined, elapsedMs: () => 0 };
const door = { assign: () => undefined, revoke: () => undefined };

test('the played fleet deals places in the order in which the dispatcher does', async () => {
  const fleet = [
    { hello: helloOf('one'), wanted: 3, weight: 1, room: 3 },
    { hello: helloOf('two'), wanted: 2, weight: 4, room: 2 },
    { hello: helloOf('ejected'), wanted: 4, weight: 4, room: 0 },
    { hello: helloOf('four'), wanted: 4, weight: 2.5, room: 1 },
    { hello: helloOf('crowd'), wanted: 20, weight: 9, room: 20 },
  ];
  const named = new Map(fleet.map((each) => [each.hello.worker, each]));
  const balance = {
    roomOf: ({ worker }: { readonly worker: string }) => named.get(worker)?.room ?? 0,
    weightOf: ({ worker }: { readonly worker: string }) => named.get(worker)?.weight ?? 1,
    healthOf: () => 'well' as const,
  };
  const claimed: (readonly string[])[] = [];
  const first = Promise.withResolvers<void>();
  const dispatcher = new Dispatcher({
    engine: {
      claim: async (_tenant, { workers }) => {
        claimed.push(workers);
        await first.promise;
        return [];
      },
      extend: async () => new Map<string, HeldLease>(),
      settle: async () => new Set<string>(),
    },
    log: { warn: () => undefined },
    ...{ leaseMs: 15_000, timers, balance },
  });
  // The first claim is held up until everybody has said what it wants.
  for (const { hello, wanted } of [{ hello: helloOf('zero'), wanted: 0 }, ...fleet])
    dispatcher.connect(hello, door).want(wanted);
  first.resolve();
  await expect.poll(() => claimed.length).toBeGreaterThan(1);
  dispatcher.close();

  const members = fleet.map(({ hello, wanted }) => ({ hello, wanted, running: { size: 0 } }));
  expect(dealtPlaces(members, balance).map(({ hello }) => hello.worker)).toEqual(claimed[1]);
});
