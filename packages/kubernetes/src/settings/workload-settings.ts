import type { JsonObject } from '@sluice/core/kernel/json.ts';

/** What runs: a container in a few words, a pod template of the user's own, or a workload that is changed in place. */
export type WorkloadSettings = ContainerSettings | TemplateSettings | InPlaceSettings;

/** One container; everything that a production pod needs is rendered from it. */
export interface ContainerSettings {
  readonly kind: 'container';
  readonly image: string;
  /** `IfNotPresent` unless said otherwise. */
  readonly pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Empty: those of the image. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** The port that serves, also given as `PORT`; null of agents, who are asked nothing. */
  readonly port: number | null;
  /** What the scheduler sets aside per pod; 0 means half of the limit, or nothing where there is no limit. */
  readonly requests: { readonly cpuMillis: number; readonly memoryBytes: number };
  /** HTTP path that answers 2xx as long as the process must not be killed; null: the readiness path, with more patience. */
  readonly livenessPath: string | null;
  /** Text files by their absolute path in the container; they become one content-addressed ConfigMap per revision. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders that may be written to (`emptyDir`), absolute; the rest of the root file system is read-only. */
  readonly writableFolders: readonly string[];
  /** Environment variables from keys of Secrets that exist in the namespace. */
  readonly secretKeys: Readonly<Record<string, { readonly secret: string; readonly key: string }>>;
  readonly pullSecrets: readonly string[];
  readonly security: {
    /** Numeric user; null: that of the image, which must not be root. */
    readonly user: number | null;
    readonly allowRoot: boolean;
    readonly writableRoot: boolean;
    /** Capabilities that are added after all were dropped. */
    readonly capabilities: readonly string[];
  };
  readonly placement: {
    readonly nodeSelector: Readonly<Record<string, string>>;
    /** In the form of `spec.tolerations` of a pod. */
    readonly tolerations: readonly JsonObject[];
    readonly priorityClass: string | null;
    /** Topology keys over which pods are spread evenly, as far as possible. */
    readonly spreadOver: readonly string[];
    /** Whether two pods of a revision may share a node. */
    readonly antiAffinity: 'none' | 'preferred' | 'required';
    /** Left out: the runtime of the cluster. */
    readonly runtimeClass?: string;
  };
}

/** A pod template taken as it is, from a Deployment, a Rollout or a Canary's target. */
export interface TemplateSettings {
  readonly kind: 'template';
  /** A whole `PodTemplateSpec`. */
  readonly template: JsonObject;
  /** Labels that the user's own Services select the pods by. */
  readonly selector: Readonly<Record<string, string>>;
  /** The container port that serves; null: the workload serves no traffic. */
  readonly port: number | null;
  readonly minReadySeconds: number;
  /**
   * The Service that callers knew the workload by before it was adopted. It keeps its name and ports; its selector is
   * Sluice's from then on. Absent: callers use the Service under the track's own name.
   */
  readonly service?: AdoptedService;
  /** Further Services that its routes led to before, such as a canary's own; in routes they are replaced as that one is. */
  readonly formerServices?: readonly string[];
  /** Objects that come with every revision as they are, such as ConfigMaps that the template names. */
  readonly besides: readonly JsonObject[];
}

/** A workload of a kind that cannot run twice beside itself; a release changes its template and moves it pod by pod. */
export interface InPlaceSettings {
  readonly kind: 'in-place';
  /** A StatefulSet goes by partition, a DaemonSet by `OnDelete`, a Deployment by its own rolling update. */
  readonly workload: 'StatefulSet' | 'DaemonSet' | 'Deployment';
  readonly name: string;
  /** The whole object as declared; of its spec everything but replicas and update strategy is applied as it is. */
  readonly object: JsonObject;
  readonly port: number | null;
}

/** A Service whose address outlives its adoption; the first port is the one that serves. */
export interface AdoptedService {
  readonly name: string;
  readonly ports: readonly {
    readonly name: string;
    readonly port: number;
    /** Port of the pods, by number or name. */
    readonly targetPort: number | string;
    readonly appProtocol: string | null;
  }[];
}
