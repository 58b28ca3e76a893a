import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { revisionId, trackIdFrom, type RevisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import { notFound, refusedWith, type Refused } from './problems.ts';

/** Which lines are asked for. */
export interface LogRequest {
  readonly track: string;
  /** An id or a version; null means the newest that there is. */
  readonly revision: string | null;
  readonly lines: number;
  /** By its name; every instance when absent. */
  readonly instance?: string | undefined;
}

/** The last lines of a revision's instances; a revision that is not known is refused with those that are. */
export async function revisionLogs(
  ports: ControlPlanePorts,
  { track: id, revision, ...wish }: LogRequest,
): Promise<Result<string, Problem>> {
  const track = await ports.store.load(ports.tenant, trackIdFrom(id));
  if (!track) return notFound(`The track ${id}`, '`sluice status` lists what there is.');
  const known = newestFirst(track);
  const chosen = revision === null ? known[0] : await chosenRevision(ports, track, revision);
  if (chosen === undefined)
    return notFound(`The revision ${revision ?? ''} of ${id}`, remedyOf(track, known));
  try {
    return ok(await linesOf(ports, { track: track.id, revision: chosen, ...wish }));
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown;
    if (thrown.code !== 'not-found') return unreadable(id, thrown);
    return notFound(
      `What ${versionOf(track, chosen)} (${chosen}) of ${id} wrote`,
      `No instance of it has run here, or its lines are not kept any more. ${remedyOf(track, known)}`,
    );
  }
}

function unreadable(track: string, failure: SluiceError): Refused {
  return refusedWith(502, 'logs-unreadable', {
    title: 'The lines cannot be read',
    detail: `What instances of ${track} wrote cannot be read now: ${failure.message}`,
    remedy: 'Try again once the place where they run answers; releases are not affected.',
  });
}

interface WantedLines extends Pick<LogRequest, 'lines' | 'instance'> {
  readonly track: TrackId;
  readonly revision: RevisionId;
}

async function linesOf(
  { store, tenant, places, mask }: ControlPlanePorts,
  { track, revision, lines, instance }: WantedLines,
): Promise<string> {
  const record = await store.revision(tenant, track, revision);
  if (record) {
    const text = await places.of(record).target.logs(track, revision, lines, instance);
    return mask?.(text, record.component.mask ?? []) ?? text;
  }
  throw new SluiceError('not-found', `${revision} is not in the store`, { next: 'stop' });
}

/** By id or version, the newest first; one that the track has forgotten is still found by its id. */
async function chosenRevision(
  { store, tenant }: ControlPlanePorts,
  track: TrackState,
  wanted: string,
): Promise<RevisionId | undefined> {
  const known = newestFirst(track).find((id) => id === wanted || track.revisions[id]?.version === wanted);
  return known ?? (await store.revision(tenant, track.id, revisionId(wanted)))?.id;
}

function newestFirst({ active, stable, last, history, revisions }: TrackState): readonly RevisionId[] {
  const first = [active?.candidate, stable, last?.candidate, ...[...history].reverse()];
  const rest = Object.values(revisions).map(({ id }) => id);
  return [...new Set([...first, ...rest])].filter((id) => id !== undefined && id !== null);
}

const versionOf = (track: TrackState, revision: RevisionId): string =>
  track.revisions[revision]?.version ?? revision;

const remedyOf = (track: TrackState, known: readonly RevisionId[]): string =>
  known.length === 0
    ? 'Nothing has been released yet.'
    : `Known are ${known.map((id) => `${versionOf(track, id)} (${id})`).join(', ')}.`;
