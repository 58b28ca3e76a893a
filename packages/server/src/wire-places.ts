/** Purpose: which adapters serve a component, by where it runs. No logic, only wiring. */
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { revisionId, type RevisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import { ok, refuse } from '@sluice/core/kernel/result.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { mayReach } from '@sluice/core/traffic/split.ts';
import { compileExpr } from '@sluice/kubernetes/expr/compile-expr.ts';
import type { ExprValue } from '@sluice/kubernetes/expr/expr-value.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import { wayToPods } from './checks/ask-pods.ts';
import type { CheckRunner } from './checks/check-runner.ts';
import { componentVariables, type ReadKeptSecret } from './checks/component-variables.ts';
import { localCheckRunner } from './checks/local-check-runner.ts';
import { type OpenClusters } from './clusters/open-clusters.ts';
import { releaseRehearsal } from './clusters/rehearse-releases.ts';
import type { ReleaseRehearsal } from './clusters/release-rehearsal.ts';
import { type HostClient } from './host-client/host-client.ts';
import { type RunningAgents } from './run-agents.ts';
import { webQuestions } from './measurements/ask-web.ts';
import { measurementDesk, type TrackMeasurement } from './measurements/measurement-desk.ts';
import type { CompileCondition } from './measurements/measurement-ports.ts';
import { prometheusQuestions } from './metrics/prometheus/prometheus-questions.ts';
import type { PrometheusMeans } from './metrics/prometheus/prometheus-connection.ts';
import { prometheusMetrics } from './metrics/prometheus/prometheus-metrics.ts';
import { uncounted } from './metrics/uncounted.ts';
import { hostMetrics } from './metrics/host/host-metrics.ts';
import type { GuardedOutgoing } from './outgoing/guarded-outgoing.ts';
import { clusterPlaces, type ClusterComponent } from './places/cluster-place.ts';
import { noMachine } from './places/no-machine.ts';
import { ASKING_ON_MACHINE, placesOf, type Place, type Places } from './places/places.ts';
import { clusterRouter, clusterRouterCapabilities } from './routing/cluster/cluster-router.ts';
import { rehearseRoutes } from './routing/cluster/rehearse-routes.ts';
import { hostRouter } from './routing/host/host-router.ts';
import { readKept } from './targets/kubernetes/read-kept.ts';
import { rehearsePool } from './targets/kubernetes/rehearse-pool.ts';
import { rehearsePod, rehearseRevision } from './targets/kubernetes/rehearse-revision.ts';
import { hearOfPods } from './targets/kubernetes/pod-news.ts';
import { runTask } from './targets/kubernetes/run-task.ts';
import { tokenSecrets } from './targets/kubernetes/token-secrets.ts';
import { kubernetesTarget } from './targets/kubernetes/kubernetes-target.ts';
import { localTarget, type SecretSealing } from './targets/local/local-target.ts';
import { tokenFiles } from './targets/local/token-files.ts';

/** The variables that components may refer to. */
export type Environment = Readonly<NodeJS.ProcessEnv>;

/** What says where components run. */
export interface WiredPlaces {
  /** Null: nothing runs on a machine. */
  readonly host: HostClient | null;
  /** Where that host keeps its state; null where there is none. */
  readonly hostDirectory: string | null;
  readonly clusters: OpenClusters;
  readonly log: Logger;
  readonly environment: Environment;
  /** The machine of the control plane is not the tenant's: nothing is read there. */
  readonly isForeign: boolean;
  /** The way out to whatever a release names. */
  readonly outgoing: Pick<GuardedOutgoing, 'lines' | 'check' | 'judge'>;
  readonly agents: RunningAgents;
  /** Reads secrets that lie neither in files nor in the environment. */
  readonly readKept: ReadKeptSecret;
  /** How these reach the host; null where there is none. */
  readonly sealing: SecretSealing | null;
  /** Told whose pods have changed. */
  readonly news: (track: TrackId) => void;
}

/** Where components run: this machine, and every cluster that a file names. */
export function wirePlaces(parts: WiredPlaces): Places {
  const { host, hostDirectory, clusters, news, agents, sealing } = parts;
  return placesOf({
    agents: agents.place,
    machine:
      host === null
        ? noMachine()
        : {
            target: localTarget(host, agents, sealing ?? undefined),
            router: hostRouter(host),
            metrics: hostMetrics(host),
            asking: ASKING_ON_MACHINE,
            tokens: hostDirectory === null ? undefined : tokenFiles(hostDirectory),
          },
    cluster: clusterPlaces({
      clusterNamed: (name) => clusters.named(name),
      capabilities: clusterRouterCapabilities,
      place: (of) => {
        hearOfPods(of.client, of.settings.namespace, news);
        return clusterPlace(of, parts);
      },
    }),
  });
}

/** What asks clusters about releases before these are taken in. */
export const rehearsalIn = ({
  clusters,
  ...secrets
}: Pick<WiredPlaces, 'clusters' | 'environment' | 'readKept'>): ReleaseRehearsal =>
  releaseRehearsal({
    open: (name) => clusters.named(name),
    attempts: [
      (client, record) => rehearseRevision({ client, readSecrets: secretsIn(secrets) }, record),
      rehearseRoutes,
      rehearsePool,
    ],
    tryPod: rehearsePod,
    now,
  });

/** What runs the checks of releases. */
export const checkRunner = ({
  clusters,
  environment,
  readKept,
  isForeign,
  outgoing: { judge },
}: Pick<WiredPlaces, 'clusters'> & CallParts): CheckRunner =>
  localCheckRunner({
    ...{ environment, readKept, isForeign, judge },
    wayTo: wayToPods((name) => clusters.named(name)),
  });

/** What decides what is called, and what is read for it. */
type CallParts = Pick<WiredPlaces, 'environment' | 'isForeign' | 'outgoing' | 'readKept'>;

const meansOf = ({ environment, isForeign, outgoing, readKept }: CallParts): PrometheusMeans => ({
  environment: isForeign ? null : environment,
  lines: outgoing.lines,
  readKept,
});

/** The desk of measurements, and its connections to whatever Prometheus they name. */
export function openMeasurements(
  parts: CallParts,
  finished: () => void,
  measured?: (measured: TrackMeasurement) => void,
) {
  const means = meansOf(parts);
  const questions = prometheusQuestions(now, means);
  const measurements = measurementDesk({
    askPrometheus: (question, signal) => questions.ask(question, signal),
    compileExpr: conditionOf,
    environment: means.environment,
    readStored: means.readKept,
    web: webQuestions(means.lines),
    now,
    finished,
    measured,
  });
  return { measurements, questions };
}

/** A condition of Argo's files, in the form in which the desk wants it. */
function conditionOf(text: string): ReturnType<CompileCondition> {
  const compiled = compileExpr(text);
  if (!compiled.ok) return refuse('invalid-condition', compiled.message, 'Correct the condition.');
  return ok(({ result }) => {
    const outcome = compiled.holds(result as ExprValue);
    if (outcome.ok) return outcome.holds;
    throw new SluiceError('invalid-input', outcome.message, { next: 'ask-human' });
  });
}

/** A component in a cluster: its target, its routers, and where its requests are counted. */
function clusterPlace(
  { client, track, component, settings }: ClusterComponent,
  { log, ...parts }: Pick<WiredPlaces, 'log'> & CallParts,
): Place {
  const revisionsOf = async (): Promise<readonly RevisionId[]> =>
    Object.keys(await target.observe(track)).map((id) => revisionId(id));
  const router = clusterRouter({ client, component, settings, revisionsOf, now });
  const target = kubernetesTarget({
    ...{ client, component, settings, now },
    readSecrets: secretsIn(parts),
    isRouted: async (of, revision) => {
      const inForce = await router.observe(of);
      return inForce !== null && mayReach(inForce.split, revision);
    },
  });
  const nameOf = (revision: RevisionId): string => revisionName(track, revision);
  const metrics =
    settings.metrics === null
      ? uncounted
      : prometheusMetrics({
          ...{
            settings: settings.metrics,
            component: settings,
            revisionsOf,
            now,
            log,
            means: meansOf(parts),
          },
          workloadName: nameOf,
          serviceName: nameOf,
        });
  const asking: Place['asking'] = {
    evidence: settings.metrics,
    readKept: (secret, key) => readKept(client, settings.namespace, secret, key),
    runTask: (...task) => runTask({ client, namespace: settings.namespace, track }, ...task),
  };
  return { target, router, metrics, asking, tokens: tokenSecrets(client, settings.namespace) };
}

/** Secrets of components lie in the environment and the files of the control plane, with Sluice itself and in Vault. */
const secretsIn =
  ({ environment, readKept }: Pick<WiredPlaces, 'environment' | 'readKept'>) =>
  (component: ComponentSpec) =>
    componentVariables(component, environment, readKept);

const now = (): number => Date.now();
