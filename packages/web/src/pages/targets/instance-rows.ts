import type {
  InstanceView,
  RevisionInstancesView,
  TrackInstancesView,
  WhereaboutsView,
} from '@sluice/protocol/http/instances.ts';
import type { IconName } from '../../parts/icon.tsx';
import type { Tone } from '../../parts/mark.tsx';

/** One line of the list: an instance, or why those of a revision are not there. */
export interface InstanceRow {
  readonly key: string;
  readonly track: string;
  readonly revision: RevisionInstancesView;
  /** Null: its place does not answer, or has not made one yet. */
  readonly instance: InstanceView | null;
}

/** How each state looks. */
export const INSTANCE_LOOKS: Readonly<Record<InstanceView['state'], readonly [Tone, IconName, string]>> = {
  ready: ['good', 'good', 'Ready'],
  starting: ['moving', 'waiting', 'Starting'],
  unready: ['warn', 'warn', 'Not ready'],
  backoff: ['bad', 'bad', 'Crashed'],
  draining: ['idle', 'held', 'Draining'],
  stopped: ['idle', 'idle', 'Stopped'],
};

/** Every instance of some components, one line each. */
export function instanceRows(tracks: readonly TrackInstancesView[]): readonly InstanceRow[] {
  return tracks.flatMap(({ track, revisions }) =>
    revisions.flatMap((revision): InstanceRow[] => {
      const key = `${track} ${revision.revision}`;
      if (revision.unreachable !== null || (revision.instances.length === 0 && revision.ordered > 0))
        return [{ key, track, revision, instance: null }];
      return revision.instances.map((instance) => ({
        key: `${key} ${instance.name}`,
        ...{ track, revision, instance },
      }));
    }),
  );
}

/** Which lines are wanted. */
export interface InstanceFilter {
  readonly text: string;
  /** The name of a place; empty for all. */
  readonly place: string;
  readonly onlyUnwell: boolean;
}

/** The lines that fit a filter. */
export function rowsThatFit(
  rows: readonly InstanceRow[],
  { text, place, onlyUnwell }: InstanceFilter,
): readonly InstanceRow[] {
  const wanted = text.trim().toLowerCase();
  return rows.filter(
    (row) =>
      (place === '' || placeName(row.revision.where) === place) &&
      (!onlyUnwell || isUnwell(row)) &&
      (wanted === '' || wordsOf(row).includes(wanted)),
  );
}

/** Whether somebody may want to look at it. */
export const isUnwell = ({ instance }: InstanceRow): boolean =>
  instance === null || instance.state === 'backoff' || instance.state === 'unready';

/** What people call a place. */
export const placeName = (where: WhereaboutsView): string =>
  where.on === 'machine' ? 'this machine' : where.cluster;

function wordsOf({ track, revision, instance }: InstanceRow): string {
  const { version, role } = revision;
  return `${track} ${version} ${role} ${instance?.name ?? ''} ${instance?.node ?? ''} ${instance?.address ?? ''}`.toLowerCase();
}

/** What runs at a place: so many instances of so many components. */
export function countAt(
  rows: readonly InstanceRow[],
  place: string,
): { instances: number; components: number } {
  const here = rows.filter(({ revision, instance }) => instance && placeName(revision.where) === place);
  return { instances: here.length, components: new Set(here.map(({ track }) => track)).size };
}
