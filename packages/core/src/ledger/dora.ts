import type { Instant } from '../kernel/instant.ts';
import type { Delivery } from './deliveries.ts';

/** The four figures of one environment of one project. */
export interface DoraFigures {
  readonly project: string;
  readonly environment: string;
  /** Rollouts that reached their end in the period, without those that only brought an earlier revision back. */
  readonly deployments: number;
  readonly perDay: number;
  /** Median from commit, or from request where nobody said when it was committed, to the end; null without deployments. */
  readonly leadTimeMs: number | null;
  /** Rollouts that were taken back, and deployments after which an earlier revision was brought back. */
  readonly failures: number;
  /** Failures among all changes that ended; null without any. */
  readonly changeFailureRate: number | null;
  /** Median from the moment at which a rollback, undo or hotfix was begun to its end; null without any. */
  readonly restoreMs: number | null;
}

/** A part of time. */
export interface Period {
  /** At or after. */
  readonly from: Instant;
  /** Before. */
  readonly to: Instant;
}

/** Causes of rollbacks that say nothing of the quality of a change. */
const BLAMELESS: readonly string[] = ['superseded', 'rejected', 'not-the-winner'];

const DAY_MS = 86_400_000;

/**
 * The four figures of DORA for each project and environment in which a change ended within the period. The definitions stand
 * in docs/guides/audit.md.
 *
 * @param projectOf the project that an application is in
 */
export function doraFigures(
  deliveries: readonly Delivery[],
  period: Period,
  projectOf: (application: string) => string,
): readonly DoraFigures[] {
  const groups = new Map<string, Delivery[]>();
  const counted = firstUndos(deliveries);
  for (const delivery of deliveries) {
    const { endedAt } = delivery;
    if (endedAt === null || endedAt < period.from || endedAt >= period.to) continue;
    const [application = '', environment = ''] = delivery.track.split('/');
    const key = JSON.stringify([projectOf(application), environment]);
    groups.set(key, [...(groups.get(key) ?? []), delivery]);
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, ended]) => {
      const [project, environment] = JSON.parse(key) as [string, string];
      return { project, environment, ...figuresOf(ended, period, counted) };
    });
}

function figuresOf(
  ended: readonly Delivery[],
  { from, to }: Period,
  counted: ReadonlySet<Delivery>,
): Omit<DoraFigures, 'project' | 'environment'> {
  const succeeded = ended.filter(({ outcome }) => outcome === 'succeeded');
  const deployed = succeeded.filter(({ lane }) => lane !== 'undo');
  const undos = succeeded.filter(({ lane }) => lane === 'undo');
  const hotfixes = succeeded.filter(({ lane }) => lane === 'hotfix');
  const takenBack = ended.filter(
    ({ outcome, cause, lane }) =>
      outcome === 'rolled-back' && lane !== 'undo' && !BLAMELESS.includes(cause ?? ''),
  );
  const changes = deployed.length + takenBack.length;
  const undone = undos.filter((undo) => counted.has(undo));
  const failures = Math.min(changes, takenBack.length + undone.length);
  return {
    deployments: deployed.length,
    perDay: deployed.length / Math.max(1, (to - from) / DAY_MS),
    leadTimeMs: median(deployed.map((each) => spanOf(each.committedAt ?? each.requestedAt, each))),
    failures,
    changeFailureRate: changes === 0 ? null : failures / changes,
    restoreMs: median([
      ...takenBack.map((each) => spanOf(each.failedAt ?? each.requestedAt, each)),
      ...[...undos, ...hotfixes].map((each) => spanOf(each.requestedAt, each)),
    ]),
  };
}

/**
 * The undos that each take a deployment back for the first time: whoever goes further back, or forth again, says nothing new of
 * a deployment.
 */
function firstUndos(deliveries: readonly Delivery[]): ReadonlySet<Delivery> {
  const ended = deliveries.filter(({ outcome }) => outcome === 'succeeded');
  const inOrder = ended.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
  const undone = new Set<string>();
  const found = new Set<Delivery>();
  for (const delivery of inOrder) {
    const { track, lane } = delivery;
    if (lane !== 'undo') undone.delete(track);
    else if (!undone.has(track)) found.add(delivery);
    if (lane === 'undo') undone.add(track);
  }
  return found;
}

const spanOf = (from: Instant, { endedAt }: Delivery): number => Math.max(0, (endedAt ?? from) - from);

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] as number;
  return Number.isInteger(middle) ? ((sorted[middle - 1] as number) + upper) / 2 : upper;
}
