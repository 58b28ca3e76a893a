import { byAge, keyOf, ownedBy } from '../objects/api-object.ts';
import { conditionOf, withCondition } from '../objects/conditions.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../objects/resource.ts';
import { templateHash } from '../objects/template-hash.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../objects/workload.ts';
import type { Clock } from '../watching/clock.ts';
import { type ObjectAccess, type Refused, must } from '../watching/object-access.ts';
import { REVISION } from './annotation-names.ts';
import { newSetAnnotations, revisionOf, sizeAnnotations } from './annotations.ts';
import { type DeploymentView, progress } from './deployment-status.ts';
import { nextNewSize, sizeOf } from './replica-set-sizes.ts';
import { HASH_LABEL, isCurrentSet } from './template-of-set.ts';

/** What a turn works with. */
export interface TurnTools {
  readonly access: ObjectAccess;
  readonly clock: Clock;
}

/**
 * One turn of a Deployment: what is known of it and its sets, replaced by the server's answer after each write, so that
 * the next write of the turn is based on the one before.
 */
export class DeploymentTurn {
  deployment: Deployment;
  newSet: ReplicaSet | undefined;
  old: readonly ReplicaSet[];
  readonly #tools: TurnTools;

  constructor(tools: TurnTools, deployment: Deployment, sets: readonly ReplicaSet[]) {
    this.#tools = tools;
    this.deployment = deployment;
    const sorted = [...sets].sort(byAge);
    this.newSet = sorted.find((set) => isCurrentSet(deployment, set));
    this.old = sorted.filter((set) => set !== this.newSet);
  }

  get view(): DeploymentView {
    return { deployment: this.deployment, newSet: this.newSet, old: this.old };
  }

  get all(): readonly ReplicaSet[] {
    return this.newSet === undefined ? this.old : [...this.old, this.newSet];
  }

  get now(): number {
    return this.#tools.clock.now();
  }

  /** Brings revision and annotations of the current set up to date, if there is one. */
  async refreshNewSet(): Promise<void> {
    const { newSet, deployment } = this;
    if (newSet === undefined) return;
    const annotations = newSetAnnotations(deployment, newSet.metadata.annotations, this.#nextRevision());
    const { minReadySeconds = 0 } = deployment.spec;
    const isSame =
      equalEntries(annotations, newSet.metadata.annotations) &&
      (newSet.spec.minReadySeconds ?? 0) === minReadySeconds;
    if (!isSame) {
      await this.#replaceSet({
        ...newSet,
        metadata: { ...newSet.metadata, annotations },
        spec: { ...newSet.spec, minReadySeconds },
      });
    }
    await this.#noteRevision(String(annotations[REVISION] ?? '0'));
  }

  /** Makes the current set where there is none, as large as the strategy permits at once. */
  async createNewSet(): Promise<void> {
    if (this.newSet !== undefined) return;
    const { deployment } = this;
    const revision = this.#nextRevision();
    const body = this.#newSetBody(revision);
    const written = await this.#tools.access.create(
      REPLICA_SETS,
      { namespace: deployment.metadata.namespace },
      body,
    );
    if (!written.ok && written.reason === 'AlreadyExists') return this.#stepAside(written);
    if (!written.ok) await this.#noteFailedCreate(written.message);
    this.newSet = must(written, `create a replica set of ${keyOf(deployment)}`);
    const created = progress(
      'True',
      'NewReplicaSetCreated',
      `Created new replica set "${this.newSet.metadata.name}"`,
      this.now,
    );
    await this.#noteRevision(String(revision), created);
  }

  /** Gives a set another size and notes for which wanted number. */
  async resize(set: ReplicaSet, replicas: number): Promise<void> {
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(this.deployment) };
    if (sizeOf(set) === replicas && equalEntries(annotations, set.metadata.annotations)) return;
    await this.#replaceSet({
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, replicas },
    });
  }

  async writeStatus(status: DeploymentStatus): Promise<void> {
    if (equalStatus(status, this.deployment.status)) return;
    await this.#replaceStatus({ ...this.deployment, status });
  }

  /** Removes old sets beyond the limit of the history; those that still have pods are left for later. */
  async forgetOldSets(): Promise<void> {
    const limit = this.deployment.spec.revisionHistoryLimit ?? 10;
    const alive = this.old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const tooMany = [...alive]
      .sort((a, b) => revisionOf(a) - revisionOf(b))
      .slice(0, Math.max(0, alive.length - limit));
    for (const set of tooMany) {
      const isSeen = (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0);
      if (sizeOf(set) === 0 && set.status?.replicas === 0 && isSeen)
        must(await this.#tools.access.remove(REPLICA_SETS, set), `remove ${keyOf(set)}`);
    }
  }

  #nextRevision(): number {
    return Math.max(0, ...this.old.map(revisionOf)) + 1;
  }

  #newSetBody(revision: number): object {
    const { deployment } = this;
    const { template, selector, minReadySeconds } = deployment.spec;
    const hash = templateHash(template, deployment.status?.collisionCount);
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    const annotations = newSetAnnotations(deployment, undefined, revision);
    return {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace,
        labels,
        annotations: { ...annotations, ...sizeAnnotations(deployment) },
        ownerReferences: [ownedBy(deployment)],
      },
      spec: {
        replicas: nextNewSize(deployment, this.old, 0),
        ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
  }

  /** Another set has the name: the next turn tries another one. */
  async #stepAside(taken: Refused): Promise<void> {
    const collisionCount = (this.deployment.status?.collisionCount ?? 0) + 1;
    await this.#replaceStatus({ ...this.deployment, status: { ...this.deployment.status, collisionCount } });
    must(taken, `create a replica set of ${keyOf(this.deployment)}`);
  }

  async #noteFailedCreate(message: string): Promise<void> {
    const failed = progress('False', 'ReplicaSetCreateError', message, this.now);
    const conditions = withCondition(this.deployment.status?.conditions, failed, this.now);
    await this.#replaceStatus({ ...this.deployment, status: { ...this.deployment.status, conditions } });
  }

  /** The revision stands in the annotations, which may be written together with the status. */
  async #noteRevision(revision: string, created = this.#found()): Promise<void> {
    const { deployment } = this;
    const { status, metadata } = deployment;
    if (metadata.annotations?.[REVISION] === revision && created === undefined) return;
    const conditions =
      created === undefined ? status?.conditions : withCondition(status?.conditions, created, this.now);
    await this.#replaceStatus({
      ...deployment,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [REVISION]: revision } },
      status: { ...status, ...(conditions === undefined ? {} : { conditions }) },
    });
  }

  #found(): ReturnType<typeof progress> | undefined {
    const { deployment, newSet } = this;
    const hasCondition = conditionOf(deployment.status?.conditions, 'Progressing') !== undefined;
    if (hasCondition || deployment.spec.progressDeadlineSeconds === undefined || newSet === undefined)
      return undefined;
    return progress(
      'True',
      'FoundNewReplicaSet',
      `Found new replica set "${newSet.metadata.name}"`,
      this.now,
    );
  }

  async #replaceStatus(deployment: Deployment): Promise<void> {
    const written = await this.#tools.access.replace(DEPLOYMENTS, deployment, 'status');
    this.deployment = must(written, `write the status of ${keyOf(deployment)}`);
  }

  async #replaceSet(set: ReplicaSet): Promise<void> {
    const now = must(await this.#tools.access.replace(REPLICA_SETS, set), `write ${keyOf(set)}`);
    const uid = set.metadata.uid;
    if (this.newSet?.metadata.uid === uid) this.newSet = now;
    this.old = this.old.map((other) => (other.metadata.uid === uid ? now : other));
  }
}

function equalEntries(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>> = {},
): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function equalStatus(a: DeploymentStatus, b: DeploymentStatus = {}): boolean {
  const entries = Object.entries(a).filter(([name]) => name !== 'conditions');
  const known = b as Readonly<Record<string, unknown>>;
  const count = Object.keys(b).filter((name) => name !== 'conditions').length;
  return (
    entries.length === count &&
    entries.every(([name, value]) => known[name] === value) &&
    JSON.stringify(a.conditions ?? []) === JSON.stringify(b.conditions ?? [])
  );
}
