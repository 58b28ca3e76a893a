import type { Result } from '@sluice/core/kernel/result.ts';
import type { SandboxKind, SandboxSpec } from '@sluice/core/tasks/sandbox-spec.ts';

/** Everything that processes in a sandbox are held to; 0 is no limit. */
export interface SandboxLimits extends SandboxSpec {
  /** Memory of all processes together, in bytes. */
  readonly memoryBytes: number;
  /** Processor time of all processes together, in thousandths of a core. */
  readonly cpuMillis: number;
  /** Processor time that each process may use in its life, in ms, rounded up to seconds. */
  readonly cpuTimeMs: number;
}

/** Variables of an environment by name; the values may be secret. */
export type SandboxVariables = Readonly<Record<string, string>>;

/** What is to be started. */
export interface SandboxOrder {
  /** A program, by its path or by a name that is looked for on PATH, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Where it starts; absolute. It can be read, and written only where the limits say so. */
  readonly directory: string;
  readonly variables: SandboxVariables;
  readonly limits: SandboxLimits;
  /** Names these processes on this machine, so that whatever is left of them is found again by another process. */
  readonly name: string;
  /** Variables that the outermost process carries as well, for whoever looks for it; never secret. */
  readonly marks: SandboxVariables;
  /** Whether it ends when whoever launched it ends; a host's processes outlive their host. */
  readonly diesWithLauncher: boolean;
  /** Files and folders of the machine that can be read elsewhere in the sandbox; `plain` leaves them where they are. */
  readonly doors: readonly SandboxDoor[];
}

/** Something of the machine that is seen in the sandbox in another place. */
export interface SandboxDoor {
  readonly from: string;
  /** Below `/run/sluice`. */
  readonly to: string;
}

/** How a sandbox is launched: with exactly this environment, in this folder. */
export interface SandboxLaunch {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly variables: SandboxVariables;
  readonly directory: string;
  /** What is written to its descriptor 3, because command lines can be read by everybody; null when there is nothing. */
  readonly handedOver: string | null;
}

/** What became of the processes of a sandbox. */
export interface SandboxEnd {
  /** Whether the kernel ended one of them because all together had used their memory. */
  readonly outOfMemory: boolean;
}

/** A way to keep processes from the rest of a machine. */
export interface Sandbox {
  readonly kind: SandboxKind;
  /** Refuses limits that cannot be kept here, each with what to do about it. */
  admit(limits: SandboxLimits): Promise<Result<undefined>>;
  /** Makes everything that has to be there before the first process; a refusal leaves nothing behind. */
  prepare(order: SandboxOrder): Promise<Result<SandboxLaunch>>;
  /** Ends whatever still runs under a name and clears away what `prepare` made; safe to repeat. */
  finish(name: string): Promise<SandboxEnd>;
}
