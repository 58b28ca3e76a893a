import type { ApiCaller } from '../api/api-caller.ts';
import { autoscalerController } from './autoscaler/autoscaler-controller.ts';
import { MetricsTable } from './autoscaler/metrics-table.ts';
import { namespaceController } from './cluster-life/namespace-controller.ts';
import { nodeLifeController } from './cluster-life/node-life-controller.ts';
import { ServedResources } from './cluster-life/served-resources.ts';
import { serviceAccountController } from './cluster-life/service-account-controller.ts';
import { daemonSetController } from './daemon-set/daemon-set-controller.ts';
import { deploymentController } from './deployment/deployment-controller.ts';
import { disruptionController } from './disruption/disruption-controller.ts';
import { endpointSliceController } from './endpoint-slice/endpoint-slice-controller.ts';
import { garbageCollector } from './garbage-collector/garbage-collector.ts';
import { jobController } from './job/job-controller.ts';
import { replicaSetController } from './replica-set/replica-set-controller.ts';
import { scheduler } from './scheduler/scheduler.ts';
import { statefulSetController } from './stateful-set/stateful-set-controller.ts';
import { type Clock, systemClock } from './watching/clock.ts';
import type { Controller, ControllerTools } from './watching/controller.ts';
import { EventRecorder } from './watching/event-recorder.ts';
import { Informers } from './watching/informers.ts';
import { ObjectAccess } from './watching/object-access.ts';

/** What controllers work with; all of it may be left out. */
export interface ControllerOptions {
  readonly clock?: Clock;
  /** Copies that others keep already, such as the node player of the same process. */
  readonly informers?: Informers;
  /** What pods are said to use; a new table without any entry where none is given. */
  readonly metrics?: MetricsTable;
  /** How often autoscalers look, in ms; 15,000 unless said otherwise, as in a real cluster. */
  readonly autoscalerIntervalMs?: number;
}

/** Controllers at work; `stop` resolves when nothing of them is under way any more. */
export interface RunningControllers {
  readonly informers: Informers;
  readonly metrics: MetricsTable;
  stop(): Promise<void>;
}

/** Starts everything that a cluster without nodes needs beside its API server. */
export async function startControllers(
  caller: ApiCaller,
  options: ControllerOptions = {},
): Promise<RunningControllers> {
  const clock = options.clock ?? systemClock;
  const informers = options.informers ?? new Informers(caller, clock);
  const accessAs = (component: string): ObjectAccess => new ObjectAccess(caller, informers, component);
  const events = new EventRecorder(accessAs('kube-controller-manager'), clock);
  const tools: ControllerTools = { informers, clock, events, accessAs };
  const metrics = options.metrics ?? new MetricsTable();
  const served = new ServedResources(caller);
  const controllers: readonly Controller[] = [
    deploymentController(tools),
    replicaSetController(tools),
    statefulSetController(tools),
    daemonSetController(tools),
    jobController(tools),
    autoscalerController(tools, { metrics, intervalMs: options.autoscalerIntervalMs ?? 15_000 }),
    scheduler(tools),
    endpointSliceController(tools),
    disruptionController(tools),
    nodeLifeController(tools),
    serviceAccountController(tools),
    namespaceController(tools, served),
    garbageCollector(tools, served),
  ];
  await informers.synced();
  return {
    informers,
    metrics,
    stop: async () => {
      await Promise.all(controllers.map((controller) => controller.stop()));
      if (options.informers === undefined) informers.stop();
    },
  };
}
