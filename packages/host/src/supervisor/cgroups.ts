import { access, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Limits of one instance; 0 means no limit. */
export interface CgroupLimits {
  readonly memoryBytes: number;
  readonly cpuMillis: number;
}

/** The period over which the kernel hands out processor time, in µs; its own default. */
const CPU_PERIOD_US = 100_000;
/** How often a group is tried to be removed: its last process may need a moment to leave. */
const REMOVE_ATTEMPTS = 20;
const REMOVE_EVERY_MS = 50;

/**
 * Limits of instances, kept by the kernel through cgroup v2 (Documentation/admin-guide/cgroup-v2.rst).
 * Owns: the folder `sluice-<directory hash>` at the root of the hierarchy, and one group below it per instance.
 */
export class Cgroups {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Prepares the hierarchy; null when this system offers none that this user may write. */
  static async open(mount: string, directoryHash: string): Promise<Cgroups | null> {
    try {
      const offered = (await readFile(join(mount, 'cgroup.controllers'), 'utf8')).trim().split(' ');
      if (!offered.includes('memory') || !offered.includes('cpu')) return null;
      const folder = join(mount, `sluice-${directoryHash}`);
      await mkdir(folder, { recursive: true });
      await writeFile(join(mount, 'cgroup.subtree_control'), '+memory +cpu');
      await writeFile(join(folder, 'cgroup.subtree_control'), '+memory +cpu');
      return new Cgroups(folder);
    } catch {
      return null;
    }
  }

  /** Puts a process, and whatever it will start, under limits; rejects when the kernel refuses. */
  async place(instance: string, pid: number, limits: CgroupLimits): Promise<void> {
    const group = this.#groupOf(instance);
    await mkdir(group, { recursive: true });
    if (limits.memoryBytes > 0) {
      await writeFile(join(group, 'memory.max'), String(limits.memoryBytes));
      // Without swap the limit means what it says; all processes of the group go together, never one of them.
      if (await exists(join(group, 'memory.swap.max'))) await writeFile(join(group, 'memory.swap.max'), '0');
      await writeFile(join(group, 'memory.oom.group'), '1');
    }
    if (limits.cpuMillis > 0)
      await writeFile(
        join(group, 'cpu.max'),
        `${(limits.cpuMillis * CPU_PERIOD_US) / 1000} ${CPU_PERIOD_US}`,
      );
    await writeFile(join(group, 'cgroup.procs'), String(pid));
  }

  /** Whether a process of the instance is in its group, so that the kernel keeps the limits. */
  async holds(instance: string, pid: number): Promise<boolean> {
    const members = await readFile(join(this.#groupOf(instance), 'cgroup.procs'), 'utf8').catch(() => '');
    return members.split('\n').includes(String(pid));
  }

  /** Whether the kernel ended a process of the instance because of its memory limit. */
  async ranOutOfMemory(instance: string): Promise<boolean> {
    const events = await readFile(join(this.#groupOf(instance), 'memory.events'), 'utf8').catch(() => '');
    return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0) > 0;
  }

  /** Removes the group of an instance that has ended; the next start makes a new one. */
  async remove(instance: string): Promise<void> {
    for (let attempt = 0; attempt < REMOVE_ATTEMPTS; attempt++) {
      const refused = await rmdir(this.#groupOf(instance)).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error.code,
      );
      if (refused !== 'EBUSY') return;
      await wait(REMOVE_EVERY_MS);
    }
  }

  #groupOf(instance: string): string {
    return join(this.#folder, createHash('sha256').update(instance).digest('hex').slice(0, 16));
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
