import { resolveIntOrPercent } from '../objects/int-or-percent.ts';
import type { DeploymentSpec } from '../objects/workload.ts';
import type { RolloutMoment } from './rollout-moment.ts';

/** What the Deployment of a conversation said about how it rolls. */
export type RolloutStrategy = DeploymentSpec['strategy'];

/** Which reason of progress may follow which; a reason may always be told again. */
const successors: Readonly<Record<string, readonly string[]>> = {
  '': ['NewReplicaSetCreated'],
  NewReplicaSetCreated: [
    'ReplicaSetUpdated',
    'NewReplicaSetAvailable',
    'DeploymentPaused',
    'ProgressDeadlineExceeded',
  ],
  ReplicaSetUpdated: [
    'NewReplicaSetCreated',
    'NewReplicaSetAvailable',
    'ProgressDeadlineExceeded',
    'DeploymentPaused',
  ],
  NewReplicaSetAvailable: ['NewReplicaSetCreated', 'ReplicaSetUpdated', 'DeploymentPaused'],
  ProgressDeadlineExceeded: ['NewReplicaSetCreated', 'ReplicaSetUpdated', 'NewReplicaSetAvailable'],
  DeploymentPaused: ['DeploymentResumed'],
  DeploymentResumed: [
    'NewReplicaSetCreated',
    'ReplicaSetUpdated',
    'NewReplicaSetAvailable',
    'DeploymentPaused',
  ],
};

/**
 * What in a course of events breaks the rules that every rollout of a real cluster was seen to keep. The moments stand in
 * the order in which the store took them.
 */
export function brokenRules(moments: readonly RolloutMoment[], strategy: RolloutStrategy): readonly string[] {
  const world = new RolloutWorld(strategy);
  return moments.flatMap((moment) => world.take(moment));
}

class RolloutWorld {
  readonly #strategy: RolloutStrategy;
  readonly #sets = new Map<string, RolloutMoment>();
  #deployment: RolloutMoment | undefined;
  /** The wanted numbers of the last two generations: a controller may still act by the one before. */
  #wanted: readonly number[] = [];
  #hasServed = false;

  constructor(strategy: RolloutStrategy) {
    this.#strategy = strategy;
  }

  take(moment: RolloutMoment): readonly string[] {
    if (moment.kind === 'Deployment') return this.#takeDeployment(moment);
    return this.#takeSet(moment);
  }

  #takeDeployment(now: RolloutMoment): readonly string[] {
    const before = this.#deployment;
    this.#deployment = now;
    if (before?.wanted !== now.wanted) this.#wanted = [...this.#wanted.slice(-1), now.wanted];
    if (now.deleted === true) return [];
    const broken = [
      ...generations(now, before),
      ...progress(now, before),
      ...this.#availability(now, before),
    ];
    return broken.map((rule) => `Deployment ${now.name} generation ${now.generation}: ${rule}`);
  }

  #takeSet(now: RolloutMoment): readonly string[] {
    const before = this.#sets.get(now.name);
    const sizeBefore = this.#totalSize();
    if (now.deleted === true) this.#sets.delete(now.name);
    else this.#sets.set(now.name, now);
    const grew = this.#totalSize() > sizeBefore;
    const broken = [
      ...(grew ? this.#surge() : []),
      ...this.#waiting(now, before),
      ...this.#revisions(now, before),
      ...(this.#strategy?.type === 'Recreate' ? this.#oneAtATime(now) : []),
    ];
    return broken.map((rule) => `ReplicaSet ${now.name} generation ${now.generation}: ${rule}`);
  }

  /** The sum of the sizes never grows above the wanted number with surge. */
  #surge(): readonly string[] {
    const most = Math.max(...this.#wanted.map((wanted) => wanted + this.#resolve('maxSurge', wanted)));
    const total = this.#totalSize();
    return total <= most ? [] : [`all sets together want ${total} pods, and ${most} are the most`];
  }

  /** Once enough were available, fewer become available only as far as the bound permits. */
  #availability(now: RolloutMoment, before: RolloutMoment | undefined): readonly string[] {
    const least = now.wanted - this.#resolve('maxUnavailable', now.wanted);
    if (now.available >= least) this.#hasServed = true;
    if (before !== undefined && now.wanted > before.wanted) this.#hasServed = false;
    const fell = before !== undefined && now.available < before.available && this.#hasServed;
    if (!fell || this.#strategy?.type === 'Recreate' || now.available >= least) return [];
    return [`${now.available} pods are available, and ${least} are the least`];
  }

  /** A set that is made while the Deployment is paused breaks the pause. */
  #waiting(now: RolloutMoment, before: RolloutMoment | undefined): readonly string[] {
    const isNew = before === undefined && now.deleted !== true;
    const isPaused =
      this.#deployment?.paused === true && this.#deployment.observed === this.#deployment.generation;
    return isNew && isPaused ? ['it was made while the Deployment was paused'] : [];
  }

  /** The current set has the highest revision, and a set that comes back remembers the one that it had. */
  #revisions(now: RolloutMoment, before: RolloutMoment | undefined): readonly string[] {
    if (now.deleted === true || now.revision === before?.revision) return [];
    const others = [...this.#sets.values()].filter(({ name }) => name !== now.name);
    const highest = Math.max(0, ...others.map(({ revision }) => revision));
    const remembered =
      before === undefined || (now.history ?? '').split(',').includes(String(before.revision));
    return [
      ...(now.revision === highest + 1 ? [] : [`revision ${now.revision} follows ${highest}`]),
      ...(remembered
        ? []
        : [`revision ${before?.revision ?? 0} is not remembered in "${now.history ?? ''}"`]),
    ];
  }

  /** A Recreate makes the new set only when the old ones want and have no pods. */
  #oneAtATime(now: RolloutMoment): readonly string[] {
    const others = [...this.#sets.values()].filter(({ name }) => name !== now.name);
    const isGrowing = now.wanted > 0 && now.revision > Math.max(0, ...others.map(({ revision }) => revision));
    const alive = others.filter(({ wanted, replicas }) => wanted + replicas > 0);
    return isGrowing && alive.length > 0
      ? [`it has pods beside ${alive.map(({ name }) => name).join(', ')}`]
      : [];
  }

  #totalSize(): number {
    return [...this.#sets.values()].reduce((sum, { wanted }) => sum + wanted, 0);
  }

  #resolve(bound: 'maxSurge' | 'maxUnavailable', wanted: number): number {
    const rounding = bound === 'maxSurge' ? 'up' : 'down';
    return resolveIntOrPercent(this.#strategy?.rollingUpdate?.[bound], wanted, rounding);
  }
}

/** What was observed never runs ahead of what is wanted and never falls back. */
function generations(now: RolloutMoment, before: RolloutMoment | undefined): readonly string[] {
  return [
    ...(now.observed > now.generation ? [`generation ${now.observed} was observed before it was there`] : []),
    ...(now.observed < (before?.observed ?? 0) ? [`observed fell back to ${now.observed}`] : []),
  ];
}

function progress(now: RolloutMoment, before: RolloutMoment | undefined): readonly string[] {
  const [from, to] = [before?.progressing ?? '', now.progressing ?? ''];
  if (from === to || successors[from]?.includes(to) === true) return [];
  return [`progress went from "${from}" to "${to}"`];
}
