import type { TrackView } from '@sluice/protocol/http/views.ts';
import type { Tone } from '../../parts/mark.tsx';
import type { IconName } from '../../parts/icon.tsx';

/** One component of an application, in every environment that has it. */
export interface BoardRow {
  readonly application: string;
  readonly component: string;
  /** Whether the application's name stands here: on its first row only. */
  readonly isFirst: boolean;
  readonly cells: ReadonlyMap<string, TrackView>;
}

/** What is shown of the tracks. */
export interface Board {
  readonly environments: readonly string[];
  readonly rows: readonly BoardRow[];
}

/** The order in which releases pass through environments, where names tell it. */
const COURSE = ['dev', 'test', 'qa', 'int', 'stag', 'pre', 'canary', 'prod', 'dr', 'disaster'];

/** Lays tracks out as components by environments. */
export function boardOf(tracks: readonly TrackView[]): Board {
  const environments = [...new Set(tracks.map(({ environment }) => environment))].sort(byCourse);
  const rows = new Map<string, Map<string, TrackView>>();
  for (const track of tracks) {
    const key = `${track.application}/${track.component}`;
    const cells = rows.get(key) ?? new Map<string, TrackView>();
    rows.set(key, cells.set(track.environment, track));
  }
  const sorted = [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    environments,
    rows: sorted.map(([key, cells], at) => {
      const [application = '', component = ''] = key.split('/');
      return { application, component, cells, isFirst: applicationOf(sorted[at - 1]?.[0]) !== application };
    }),
  };
}

const applicationOf = (key: string | undefined): string | undefined => key?.split('/')[0];

function byCourse(left: string, right: string): number {
  const [a, b] = [placeOf(left), placeOf(right)];
  if (a !== b) return a - b;
  return left < right ? -1 : 1;
}

function placeOf(environment: string): number {
  const at = COURSE.findIndex((name) => environment.toLowerCase().startsWith(name));
  return at === -1 ? COURSE.length : at;
}

/** How a track stands, in a word and a drawing. */
export interface TrackHealth {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly word: string;
}

/** How a track stands when nothing moves on it: by what is ready of what is ordered, and by how the last rollout ended. */
export function healthOf({ stable, revisions, last }: TrackView): TrackHealth {
  if (stable === null) return { tone: 'idle', icon: 'idle', word: 'Nothing runs' };
  const running = revisions.find(({ revision }) => revision === stable.revision);
  if (running?.ready === null) return { tone: 'warn', icon: 'warn', word: 'Target does not answer' };
  if (running && running.ordered > 0 && running.ready === 0)
    return { tone: 'bad', icon: 'bad', word: 'Down' };
  if (running && running.ready < running.ordered)
    return { tone: 'warn', icon: 'warn', word: `${running.ready} of ${running.ordered} ready` };
  if (last?.outcome === 'rolled-back' && last.reason?.kind !== 'superseded')
    return { tone: 'good', icon: 'good', word: `Healthy, ${last.version} taken back` };
  return { tone: 'good', icon: 'good', word: 'Healthy' };
}

const FOR_PEOPLE: ReadonlySet<string> = new Set(['approval', 'paused']);

/** Whether somebody has to do something before a track goes on. */
export const needsSomebody = ({ active }: TrackView): boolean =>
  active !== null &&
  (active.approvals?.asked === true ||
    active.phase === 'stuck' ||
    (active.phase === 'held' && FOR_PEOPLE.has(active.reason?.kind ?? '')));

/** Whether something runs that is not well. */
export const isUnwell = (track: TrackView): boolean => {
  const { tone } = healthOf(track);
  return tone === 'bad' || tone === 'warn';
};

/** What the viewer wants to see of the board. */
export type BoardFilter = 'all' | 'moving' | 'waiting' | 'unwell';

/** The tracks that fit a text and a filter. */
export function tracksThatFit(
  tracks: readonly TrackView[],
  { text, filter }: { readonly text: string; readonly filter: string },
): readonly TrackView[] {
  const wanted = text.trim().toLowerCase();
  const fits = (track: TrackView): boolean => {
    if (filter === 'moving') return track.active !== null;
    if (filter === 'waiting') return needsSomebody(track);
    return filter === 'unwell' ? isUnwell(track) : true;
  };
  return tracks.filter((track) => fits(track) && (wanted === '' || nameOf(track).includes(wanted)));
}

const nameOf = (track: TrackView): string =>
  `${track.id} ${track.stable?.version ?? ''} ${track.active?.version ?? ''}`.toLowerCase();
