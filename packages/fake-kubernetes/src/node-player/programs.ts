/**
 * Purpose: pods whose containers are real: one child process per pod, on an address of its own, that is asked for its
 * readiness, told to end and restarted as a kubelet would.
 *
 * Owns: the children and their addresses. The life of a pod stays with the player, which is told how the pod behaves by
 * what its child does.
 * 1. Nothing that stands in a cluster starts a process: the command is what the test says.
 * 2. A child runs while its pod is at work, and no longer than the player; its standard input ends with the player's process.
 * 3. Each exit is one end of the container.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Container, Pod } from '../controllers/objects/pod.ts';
import { type Behaviour, behaviourOf } from './behaviour.ts';
import { type LoopbackAddresses, loopbackAddresses } from './loopback-addresses.ts';
import type { PodLife } from './pod-life.ts';
import { answers, readinessProbeOf } from './probe.ts';

/** A command that stands in for the first container of a pod. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Beside `PATH` and what the container declares as plain values and of its own pod; among these is no secret. */
  readonly env: Readonly<Record<string, string>>;
}

/** Says which program a pod is; null: it is only played. */
export type Programs = (pod: Pod) => Program | null;

/** A pod that is not ready yet is asked this often, as by a startup probe in a hurry. */
const STARTING_PROBE_MS = 100;
/** What a shell says of a command that cannot be started. */
const NOT_STARTED = 127;

interface ProgramRun {
  pod: Pod;
  readonly program: Program;
  readonly address: string;
  /** Counts restarts of the container; -1 before the first run. */
  number: number;
  child: ChildProcess | undefined;
  /** The code that the last run ended with. */
  exitCode: number | undefined;
  readiness: 'unknown' | 'good' | 'bad';
  readonly timers: NodeJS.Timeout[];
}

/** The programs of all pods of a player. */
export class RunningPrograms {
  readonly #programs: Programs;
  readonly #addresses: LoopbackAddresses;
  readonly #changed: (pod: Pod) => void;
  readonly #runs = new Map<string, ProgramRun>();
  readonly #ends = new Set<Promise<void>>();
  readonly #endAll = (): void => {
    for (const run of this.#runs.values()) run.child?.kill('SIGKILL');
  };

  /** @param changed is called when something about a pod has become other than it was */
  static async start(programs: Programs, changed: (pod: Pod) => void): Promise<RunningPrograms> {
    return new RunningPrograms(programs, await loopbackAddresses(), changed);
  }

  private constructor(programs: Programs, addresses: LoopbackAddresses, changed: (pod: Pod) => void) {
    this.#programs = programs;
    this.#addresses = addresses;
    this.#changed = changed;
    process.once('exit', this.#endAll);
  }

  /** The address that a pod's program listens on; undefined when it has none. */
  addressOf(pod: Pod): string | undefined {
    const known = this.#runs.get(pod.metadata.uid);
    const program = known?.program ?? this.#programs(pod);
    if (program === null) return undefined;
    const address = known?.address ?? pod.status?.podIP ?? this.#addresses.next();
    const fresh = { number: -1, child: undefined, exitCode: undefined, readiness: 'unknown' } as const;
    if (known === undefined)
      this.#runs.set(pod.metadata.uid, { pod, program, address, ...fresh, timers: [] });
    return address;
  }

  /** How a pod behaves: as its annotations say until its program runs, and from then on as that does. */
  behaviourOf(pod: Pod, life: PodLife, now: number): Behaviour {
    const played = behaviourOf(pod);
    const run = this.#runs.get(pod.metadata.uid);
    if (run === undefined) return played;
    const readyAfterMs = { unknown: Number.POSITIVE_INFINITY, good: 0, bad: null }[run.readiness];
    const { exitCode } = run;
    // The exit of a run that the life is already beyond has been told. Never at once, or one exit would be told again.
    const hasEnded = exitCode !== undefined && run.number === life.restarts;
    const crash = hasEnded ? { kind: 'loop' as const, afterMs: Math.max(1, now - life.since) } : null;
    return { ...played, readyAfterMs, crash, exitCode: exitCode ?? null, runForMs: null };
  }

  /** Starts the run that a life has come to. */
  follow(pod: Pod, life: PodLife): void {
    const run = this.#runs.get(pod.metadata.uid);
    if (run === undefined) return;
    run.pod = pod;
    if (life.stage !== 'running' || run.number === life.restarts || run.child !== undefined) return;
    run.number = life.restarts;
    this.#launch(run);
  }

  /** Ends the program of a pod that is being deleted, with its grace; answers whether it has ended. */
  end(pod: Pod, graceMs: number): boolean {
    const run = this.#runs.get(pod.metadata.uid);
    if (run?.child === undefined) return true;
    if (run.timers.length > 0) return false;
    const kill = (signal: NodeJS.Signals, afterMs: number) =>
      run.timers.push(setTimeout(() => run.child?.kill(signal), afterMs));
    kill('SIGTERM', Math.min(graceMs, sleepBeforeStopMs(pod)));
    kill('SIGKILL', graceMs);
    return false;
  }

  /** A pod that is gone has no program. */
  forget({ metadata }: Pod): void {
    this.#runs.get(metadata.uid)?.child?.kill('SIGKILL');
    this.#runs.delete(metadata.uid);
  }

  /** Resolves when none runs any more. */
  async stop(): Promise<void> {
    this.#endAll();
    this.#runs.clear();
    await Promise.all(this.#ends);
    process.off('exit', this.#endAll);
    await this.#addresses.close();
  }

  #launch(run: ProgramRun): void {
    const { program, pod, address } = run;
    const env = { PATH: process.env['PATH'] ?? '', ...environmentOf(pod, address), ...program.env };
    const child = spawn(program.command, program.args, { env, stdio: ['pipe', 'ignore', 'inherit'] });
    run.child = child;
    run.exitCode = undefined;
    const end = new Promise<number>((resolve) => {
      child.once('error', () => resolve(NOT_STARTED));
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    }).then((code) => {
      run.child = undefined;
      run.exitCode = code;
      // The next run has to show by itself that it is ready.
      run.readiness = 'unknown';
      for (const timer of run.timers.splice(0)) clearTimeout(timer);
      this.#ends.delete(end);
      if (this.#runs.get(pod.metadata.uid) === run) this.#changed(run.pod);
    });
    this.#ends.add(end);
    void this.#probe(run, child);
  }

  async #probe(run: ProgramRun, child: ChildProcess): Promise<void> {
    const [container] = run.pod.spec.containers;
    const probe = container && readinessProbeOf(container);
    const isCurrent = (): boolean => run.child === child && this.#runs.get(run.pod.metadata.uid) === run;
    let failures = 0;
    while (isCurrent()) {
      const isGood = probe === undefined || (await answers(probe, run.address));
      if (!isCurrent()) return;
      failures = isGood ? 0 : failures + 1;
      if (isGood) this.#become(run, 'good');
      // Before it was ready for the first time it is starting, which is no failure.
      else if (run.readiness === 'good' && failures >= (probe?.failures ?? 1)) this.#become(run, 'bad');
      if (probe === undefined) return;
      await wait(run.readiness === 'unknown' ? STARTING_PROBE_MS : probe.periodMs, undefined, { ref: false });
    }
  }

  #become(run: ProgramRun, readiness: ProgramRun['readiness']): void {
    if (run.readiness === readiness) return;
    run.readiness = readiness;
    this.#changed(run.pod);
  }
}

interface DeclaredContainer extends Container {
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
  }[];
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
}

function sleepBeforeStopMs({ spec }: Pod): number {
  const container = spec.containers[0] as DeclaredContainer | undefined;
  return (container?.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
}

function environmentOf({ metadata, spec }: Pod, address: string): Readonly<Record<string, string>> {
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec.nodeName,
    'status.podIP': address,
  };
  const container = spec.containers[0] as DeclaredContainer | undefined;
  const values = (container?.env ?? []).map(({ name, value, valueFrom }) => {
    const path = valueFrom?.fieldRef?.fieldPath;
    return [name, path === undefined ? value : fields[path]] as const;
  });
  return Object.fromEntries(values.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
