import { type HealthCourse } from './health-course.ts';
import type { HostResources } from './host-resources.ts';
import type { InstanceProcess } from './instance-process.ts';
import { type HealthWatch, watchHealth } from './watch-health.ts';

/** Why a process is not left running. */
export type Ending =
  | { readonly kind: 'ordered'; readonly how: '' }
  /** The leader ended by itself. */
  | { readonly kind: 'exited'; readonly how: string }
  | { readonly kind: 'unhealthy'; readonly how: string }
  | { readonly kind: 'out-of-memory'; readonly how: string };

/** What is watched, beside the process itself. */
export interface ProcessWatch extends Pick<HealthWatch, 'health' | 'onProbe'> {
  /** 0 means no limit. */
  memoryBytes(): number;
  /** The instance's control group, where there are any. */
  readonly cgroup: string;
  /** Whether it has a network of its own. */
  readonly isCutOff: boolean;
  readonly host: HostResources;
}

const MEBIBYTE = 1024 * 1024;

/** Watches exit, health and memory of a process, and ends with the first of them, or with the signal. */
export async function watchProcess(
  process: InstanceProcess,
  begin: HealthCourse,
  ordered: AbortSignal,
  watch: ProcessWatch,
): Promise<Ending> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, ordered]);
  const { limits } = watch.host;
  try {
    return await Promise.race<Ending>([
      process.exited.then((how) => ({ kind: 'exited', how })),
      watchHealth(
        { ...watch, ...whereAsked(process, watch), startProbeMs: limits.startProbeMs },
        begin,
        signal,
      ).then((how) => (how === null ? { kind: 'ordered', how: '' } : { kind: 'unhealthy', how })),
      outOfMemory(process, watch, signal),
    ]);
  } finally {
    over.abort();
  }
}

const whereAsked = ({ pid, port }: InstanceProcess, { isCutOff }: ProcessWatch) => ({
  port,
  cutOff: isCutOff ? pid : undefined,
});

/** Looks at memory itself only where the kernel does not keep the limit. */
async function outOfMemory(
  process: InstanceProcess,
  watch: ProcessWatch,
  signal: AbortSignal,
): Promise<Ending> {
  const isKept = (await watch.host.cgroups?.holds(watch.cgroup, process.pid)) === true;
  const limitBytes = isKept ? 0 : watch.memoryBytes();
  const usedBytes = await watch.host.memory.exceeded(process.pid, limitBytes, signal);
  const how = `out of memory (${Math.ceil(usedBytes / MEBIBYTE)} MiB used of ${Math.floor(limitBytes / MEBIBYTE)} MiB)`;
  return { kind: 'out-of-memory', how };
}
