import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ClusterClient, Mirror } from './cluster-client.ts';

/** How old a mirror may be before it says nothing of the present, in ms. */
const STALE_MS = 30_000;
/** How long the first copy of a selection is waited for, in ms. */
const FIRST_COPY_MS = 3_000;
const LOOK_EVERY_MS = 50;

const complete = new WeakSet<Mirror>();
/** When each mirror was first asked for; only for some seconds from then on it is waited for. */
const askedSince = new WeakMap<Mirror, number>();

/**
 * A mirror that can be trusted to tell of the present. One that has no copy yet is waited for, but only in the seconds
 * after it was first asked for: whoever looks at many clusters must not stand still for one that is away.
 *
 * @throws SluiceError `unreachable` with the reason, when it has no copy or none that is new enough
 */
export async function freshMirror(
  client: Pick<ClusterClient, 'name'>,
  mirror: Mirror,
  now: () => number,
): Promise<Mirror> {
  if (!complete.has(mirror)) await firstCopy(client, mirror);
  const { stale } = mirror;
  const silentMs = stale === null ? 0 : now() - stale.since;
  if (stale === null || silentMs <= STALE_MS) return mirror;
  throw unreachable(
    `the cluster ${client.name} has not been heard of for ${Math.round(silentMs / 1000)} s: ${stale.reason}`,
  );
}

async function firstCopy({ name }: Pick<ClusterClient, 'name'>, mirror: Mirror): Promise<void> {
  const copied = mirror.synced.then(() => void complete.add(mirror));
  const since = askedSince.get(mirror) ?? performance.now();
  askedSince.set(mirror, since);
  await Promise.race([copied, delay(0)]);
  while (!complete.has(mirror)) {
    if (performance.now() - since >= FIRST_COPY_MS)
      throw unreachable(
        `the cluster ${name} cannot be read: ${mirror.stale?.reason ?? 'it has not answered'}`,
      );
    await Promise.race([copied, delay(LOOK_EVERY_MS)]);
  }
}

const unreachable = (message: string): SluiceError =>
  new SluiceError('unreachable', message, { next: 'retry' });
