import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import type { FleetFile } from './fleet-files.ts';

/** Nobody waits for a fleet that has not moved for so long. */
const STANDSTILL_MS = 240_000;
/** Reading the tracks costs the control plane about as much as looking at them. */
const LOOK_EVERY_MS = 5_000;
const PAGE = 200;

/** What is told while a fleet comes up. */
export type Say = (words: string) => void;

/**
 * Releases all files as `v1` and waits until it is stable everywhere, then as `v2` and waits until every canary is judged.
 * @throws SluiceError `timed-out` when nothing has moved for four minutes
 */
export async function bringUpFleet(
  api: ApiClient,
  files: readonly FleetFile[],
  baseDirectory: string,
  say: Say,
): Promise<void> {
  const total = files.reduce((sum, { tracks }) => sum + tracks.length, 0);
  const until = (what: string, holds: (track: TrackView) => boolean) =>
    untilAll(api, total, say, { what, holds });
  await releaseAll(api, files, 'v1', baseDirectory);
  await until('stable', (track) => track.active === null && track.stable?.version === 'v1');
  await releaseAll(api, files, 'v2', baseDirectory);
  await until('judged', isJudged);
}

/** Whether a canary is in its judge step, with its share confirmed and its pods ready. */
export function isJudged({ active, splitConfirmed, revisions }: TrackView): boolean {
  if (active?.phase !== 'running' || active.step === null || !splitConfirmed) return false;
  return (
    active.plan.steps[active.step]?.kind === 'judge' &&
    revisions.every(({ ordered, ready }) => ready === ordered)
  );
}

async function releaseAll(
  api: ApiClient,
  files: readonly FleetFile[],
  version: string,
  baseDirectory: string,
): Promise<void> {
  for (const file of files) {
    const reply = await api.release({
      text: file.text(version),
      file: 'sluice.yaml',
      baseDirectory,
      version,
    });
    if (!reply.ok || reply.value.rollouts.length < file.tracks.length)
      throw new SluiceError('unexpected', `a release was refused: ${JSON.stringify(reply)}`, {
        next: 'stop',
      });
  }
}

async function untilAll(
  api: ApiClient,
  total: number,
  say: Say,
  { what, holds }: { readonly what: string; readonly holds: (track: TrackView) => boolean },
): Promise<void> {
  let [most, movedAt] = [-1, performance.now()];
  for (;;) {
    const count = (await allTracks(api)).filter(holds).length;
    if (count === total) return say(`all ${total} are ${what}`);
    if (count > most) {
      [most, movedAt] = [count, performance.now()];
      say(`${count} of ${total} are ${what}`);
    }
    if (performance.now() - movedAt > STANDSTILL_MS)
      throw new SluiceError('timed-out', `only ${most} of ${total} became ${what}`, { next: 'stop' });
    await delay(LOOK_EVERY_MS); // Polls the API of another process.
  }
}

/** Every track as the API shows it. */
export async function allTracks(api: ApiClient): Promise<readonly TrackView[]> {
  const tracks: TrackView[] = [];
  let cursor: string | undefined;
  do {
    const reply = await api.tracks({ limit: PAGE, cursor });
    if (!reply.ok)
      throw new SluiceError('unexpected', `the tracks could not be read: ${JSON.stringify(reply)}`, {
        next: 'stop',
      });
    tracks.push(...reply.value.items);
    cursor = reply.value.next ?? undefined;
  } while (cursor !== undefined);
  return tracks;
}
