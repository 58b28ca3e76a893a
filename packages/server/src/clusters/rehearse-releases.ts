/**
 * Purpose: asks clusters before a release is taken in, so that what cannot be done is refused and not found out on the way.
 *
 * 1. Nothing is changed: objects are tried by server-side dry runs. 2. Everything is asked at once, and has to be answered
 * within one limit. 3. Only what this release needs stands against it.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import { againOnConflict } from '../kubernetes/fencing.ts';
import { clusterRefusalOf } from '../kubernetes/failures/cluster-refusal.ts';
import { type ClusterRelease, goesThroughServer } from '../kubernetes/permissions/cluster-release.ts';
import { missingPermissions } from '../kubernetes/permissions/missing-permissions.ts';
import type { NeededPermission } from '../kubernetes/permissions/needed-permission.ts';
import {
  OPTIONAL_APIS,
  permissionsIn,
  PERMISSIONS,
  POD_TRIAL,
} from '../kubernetes/permissions/permission-table.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { unanswered } from './ask-cluster.ts';
import { objectionTo, permissionObjection, unopened } from './objections.ts';
import { rememberedGrants, type Grants } from './remembered-grants.ts';
import type { Candidacy, Objection, Rehearsal, ReleaseRehearsal } from './release-rehearsal.ts';
import { within } from '../places/within.ts';

/** What asking needs. */
export interface RehearsalPorts {
  /** The client of a cluster by its name; rejects with `not-found` when nobody knows it. */
  readonly open: (name: string) => Promise<ClusterClient>;
  /**
   * Try what would be written; each rejects with the first thing that the server has against it, or resolves to what will
   * not work as it reads, in sentences.
   */
  readonly attempts: readonly Attempt[];
  /** Tries a single pod, which is asked only of who may make pods. */
  readonly tryPod: (client: ClusterClient, record: RevisionRecord) => Promise<void>;
  readonly now: () => number;
  /** Longest time until all clusters have answered, in ms. */
  readonly withinMs?: number;
}

type Attempt = (client: ClusterClient, record: RevisionRecord) => Promise<readonly string[] | void>;

/** Somebody waits for the answer at a command line. */
const ANSWER_WITHIN_MS = 10_000;

const NOTHING: Rehearsal = { objections: [], warnings: [] };

/** Asks all clusters that the releases are for. */
export function releaseRehearsal(ports: RehearsalPorts): ReleaseRehearsal {
  const grants = rememberedGrants(ports.now);
  return async (candidacies) => {
    const names = [...new Set(candidacies.flatMap(({ record }) => clusterOf(record) ?? []))];
    const heard = await Promise.all(
      names.map((name) =>
        rehearseIn(
          { ...ports, grants },
          name,
          candidacies.filter(({ record }) => clusterOf(record) === name),
        ),
      ),
    );
    return {
      objections: heard.flatMap(({ objections }) => objections),
      warnings: heard.flatMap(({ warnings }) => warnings),
    };
  };
}

const clusterOf = ({ component: { workload } }: RevisionRecord): string | undefined =>
  workload.on === 'cluster' ? workload.cluster : undefined;

type Ports = RehearsalPorts & { readonly grants: Grants };

async function rehearseIn(
  ports: Ports,
  cluster: string,
  candidacies: readonly Candidacy[],
): Promise<Rehearsal> {
  const { open, withinMs = ANSWER_WITHIN_MS } = ports;
  let isOpen = false;
  try {
    return await within(
      withinMs,
      () => unanswered(cluster, withinMs),
      async () => {
        const client = await open(cluster);
        isOpen = true;
        return ask(ports, client, candidacies);
      },
    );
  } catch (thrown) {
    const failure = SluiceError.from(thrown, `asking the cluster ${cluster}`);
    const objection = isOpen ? objectionTo({ cluster }, failure) : unopened(cluster, failure);
    return { ...NOTHING, objections: [objection] };
  }
}

async function ask(
  ports: Ports,
  client: ClusterClient,
  candidacies: readonly Candidacy[],
): Promise<Rehearsal> {
  const releases = candidacies.map((candidacy) => ({
    candidacy,
    release: releaseOf(candidacy, client.runsInside),
  }));
  const needed = releases.map(({ release }) => neededBy(release));
  // What concerns the cluster as a whole is told once: whoever is not let in hears nothing of roles and objects.
  const missing = await missingPermissions(ports.grants.of(client), needed.flat());
  const heard = await Promise.all(
    releases.map(async ({ candidacy, release }, index) => {
      const own = (needed[index] ?? []).filter((one) => missing.some((other) => isSame(one, other)));
      const { objections, warnings } = await rehearseOne(ports, client, { candidacy, release, missing: own });
      return { objections, warnings: [...warningsOf(client, candidacy), ...warnings] };
    }),
  );
  return {
    objections: heard.flatMap(({ objections }) => objections),
    warnings: heard.flatMap(({ warnings }) => warnings),
  };
}

const releaseOf = ({ record, checks, hasTasks }: Candidacy, runsInside: boolean): ClusterRelease => ({
  settings: kubernetesSettings(record.component),
  component: record.component,
  ...{ checks, hasTasks, runsInside },
});

const neededBy = (release: ClusterRelease): readonly NeededPermission[] =>
  permissionsIn(
    release.settings.namespace,
    [...PERMISSIONS, ...OPTIONAL_APIS].filter(({ isNeededBy }) => isNeededBy(release)),
  );

const isSame = (one: NeededPermission, other: NeededPermission): boolean =>
  one.verb === other.verb &&
  one.group === other.group &&
  one.resource === other.resource &&
  one.namespace === other.namespace;

interface Asked {
  readonly candidacy: Candidacy;
  readonly release: ClusterRelease;
  readonly missing: readonly NeededPermission[];
}

async function rehearseOne(ports: Ports, client: ClusterClient, asked: Asked): Promise<Rehearsal> {
  const { candidacy, release, missing } = asked;
  const { attempts } = ports;
  const { record } = candidacy;
  const at = {
    cluster: client.name,
    component: record.component.name,
    namespace: release.settings.namespace,
  };
  const unserved = await unservedKinds(client, release);
  const lacking = unserved.map(
    ({ apiVersion, kind, name, why }): Objection => ({
      ...at,
      kind: 'missing-api',
      message: `the cluster ${client.name} serves no ${kind} of ${apiVersion} (${name}), which is needed: ${why}`,
    }),
  );
  const groups = unserved.map(({ group }) => group);
  const forbidden = missing.filter(({ group }) => !groups.includes(group));
  const total = neededBy(release).length;
  const known = [...lacking, ...(forbidden.length === 0 ? [] : [permissionObjection(at, forbidden, total)])];
  if (known.length > 0) return { objections: known, warnings: [] };
  const tried = await Promise.all(attempts.map((attempt) => outcomeOf(attempt, client, record)));
  const failure = tried.find((one) => one instanceof SluiceError);
  if (failure) return { objections: [objectionTo(at, failure)], warnings: [] };
  const { objections, warnings } = await podRehearsal(ports, client, asked);
  return {
    objections,
    warnings: [...tried.flatMap((one) => (one instanceof SluiceError ? [] : one)), ...warnings],
  };
}

/** The warnings of an attempt, or why it failed. */
async function outcomeOf(
  attempt: Attempt,
  client: ClusterClient,
  record: RevisionRecord,
): Promise<SluiceError | readonly string[]> {
  try {
    // Somebody who writes at the same moment has nothing against it.
    return (await againOnConflict(async () => attempt(client, record))) ?? [];
  } catch (thrown) {
    return SluiceError.from(thrown, `trying the objects of ${record.track}`);
  }
}

/** Where something of the track runs already, what is used up now may be free when its turn comes. */
async function podRehearsal(
  { tryPod, grants }: Ports,
  client: ClusterClient,
  { candidacy: { record, isFirst }, release }: Asked,
): Promise<Rehearsal> {
  const { namespace } = release.settings;
  const trying = permissionsIn(namespace, [POD_TRIAL]);
  if ((await missingPermissions(grants.of(client), trying)).length > 0) return NOTHING;
  const failure = await outcomeOf(tryPod, client, record);
  if (!(failure instanceof SluiceError)) return NOTHING;
  const { name } = record.component;
  if (clusterRefusalOf(failure)?.reason !== 'quota-exceeded' || isFirst)
    return {
      objections: [objectionTo({ cluster: client.name, component: name, namespace }, failure)],
      warnings: [],
    };
  return { objections: [], warnings: [`A further pod of ${name} would be refused now: ${failure.message}.`] };
}

async function unservedKinds(client: ClusterClient, release: ClusterRelease) {
  const wanted = OPTIONAL_APIS.filter(({ isNeededBy }) => isNeededBy(release));
  const served = await Promise.all(wanted.map(({ apiVersion, kind }) => client.serves(apiVersion, kind)));
  return wanted.filter((_, index) => served[index] === false);
}

/** From outside the addresses of pods cannot be counted on; what goes through the API server needs none. */
function warningsOf({ runsInside, name }: ClusterClient, { checks, record }: Candidacy): readonly string[] {
  if (runsInside) return [];
  return checks
    .filter((check) => !goesThroughServer(check, record.component))
    .map(
      (check) =>
        `The check ${check.name} of ${record.component.name} asks pods at their own addresses, and Sluice runs outside the cluster ${name}: it fails unless these can be reached from here. A check over HTTP/1.1 goes through the API server.`,
    );
}
