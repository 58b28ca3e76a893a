import { setTimeout as wait } from 'node:timers/promises';
import { formatDuration } from '@sluice/core/kernel/duration.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { refuse } from '@sluice/core/kernel/result.ts';
import type { Instance } from '@sluice/protocol/host/host-schema.ts';
import { instanceLogFile } from '../disk/host-paths.ts';
import type { InstanceRecord } from '../disk/track-record.ts';
import type { LogFields } from '../log.ts';
import type { Adoption } from './adoption.ts';
import { isCrashLooping, withExit } from './crash-loop.ts';
import type { HealthCourse } from './health-course.ts';
import { type Ending, watchProcess } from './instance-ending.ts';
import { ADOPTED_EXIT, exitOfAdopted, type InstanceProcess } from './instance-process.ts';
import { cgroupOf, type InstanceSurroundings, markOf } from './instance-surroundings.ts';
import { finishSandbox, isCutOff } from './instance-sandbox.ts';
import { describeExit } from './last-exit.ts';
import { endTree, type ProcessTree } from './process-tree.ts';
import { restartDelayMs } from './restart-delay.ts';
import { startInstance } from './start-instance.ts';

/** Before supervision that failed for want of something on the machine goes on, in ms. */
const RETRY_MS = 1000;
/** How long the last words of a process that ended may hold up the news of its end, in ms. */
const LAST_WORDS_MS = 1000;

/** Which start of the instance it was. */
type Start = Pick<InstanceProcess, 'startedAt' | 'logFrom'>;

/**
 * Keeps one instance of a revision running until it is told to stop.
 * Owns: at most one process tree and one port at a time, and every timer around them.
 * 1. A start is on disk, with the mark that the process will carry, before the process exists.
 * 2. The record of a process is cleared only after its whole tree was seen to be gone.
 * 3. A new process is started only after the tree of the one before is gone.
 * 4. `stop` drains before it signals, and `done` resolves only when nothing is left.
 */
export class InstanceSupervisor {
  readonly #around: InstanceSurroundings;
  readonly #stopping = new AbortController();
  #state: Instance['state'] = 'starting';
  #process: InstanceProcess | null = null;
  #port: number;
  #reason: string | null = 'it was just ordered';
  #failedStarts = 0;
  #isLeaving = false;
  /** Resolves when the instance was stopped and nothing of it is left. */
  readonly done: Promise<void>;

  constructor(around: InstanceSurroundings, adoption: Adoption) {
    this.#around = around;
    // Only an adopted port is ours; the port of a process before the last boot may be anybody's by now.
    this.#port = adoption.kind === 'none' ? 0 : (around.record().process?.port ?? 0);
    if (adoption.kind === 'running') this.#adopt(adoption);
    this.done = this.#live(adoption);
  }

  /** Begins to drain and stop; harmless when that has begun. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Its end is what is waited for, and no accident: whoever gives it work has told it to go. */
  leave(): void {
    this.#isLeaving = true;
  }

  get stopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Why the instance is not ready, in words; null when it is. In a crash loop it always names the last exit. */
  get reason(): string | null {
    if (this.#state === 'ready') return null;
    const { lastExit } = this.#around.record();
    const isTold = lastExit === null || this.#reason?.includes(lastExit) === true;
    return this.crashLooping && !isTold ? `${this.#reason}; it ended before with ${lastExit}` : this.#reason;
  }

  get crashLooping(): boolean {
    return isCrashLooping(this.#around.record().exits);
  }

  get port(): number {
    return this.#port;
  }

  status(): Instance {
    const { unexpectedExits, lastExit } = this.#around.record();
    return {
      instance: this.#around.instance,
      pid: this.#process?.pid ?? null,
      port: this.#port,
      state: this.#state,
      startedAt: this.#process?.startedAt ?? null,
      unexpectedExits,
      lastExit,
    };
  }

  async #live(adoption: Adoption): Promise<void> {
    let lost = adoption.kind === 'lost';
    while (lost || this.#process || !(this.stopping || this.#isLeaving)) {
      try {
        if (lost) await this.#bury();
        lost = false;
        await this.#liveOnce();
      } catch (error) {
        // The machine failed us (no file handles, for example). Whatever runs is still known, and is tended again.
        this.#reason = SluiceError.from(error, 'supervise the process').message;
        this.#log('error', 'supervision failed', { reason: this.#reason });
        await wait(RETRY_MS);
      }
    }
    this.#state = 'stopped';
    // Should the number be ordered again, it begins with a clean slate.
    if (this.#around.record().exits.length > 0) await this.#saveOrWarn({ exits: [] });
  }

  async #liveOnce(): Promise<void> {
    if (!this.#process && (this.stopping || this.#isLeaving)) return;
    const process = this.#process ?? (await this.#start());
    if (process) await this.#tend(process);
    if (!this.stopping && !this.#isLeaving) await this.#pauseBeforeStart();
  }

  #adopt({ pid, startTicks }: { pid: number; startTicks: number }): void {
    const record = this.#around.record();
    if (record.process === null) return;
    const { port, startedAt } = record.process;
    const exited = exitOfAdopted({ pid, startTicks }, this.#around.host.limits.adoptedLookMs);
    this.#process = {
      pid,
      startTicks,
      port,
      startedAt,
      logFrom: null,
      mark: markOf(this.#around, record.process.nonce),
      exited,
    };
    this.#state = record.ready ? 'ready' : 'starting';
    this.#log('info', 'process adopted', { pid });
  }

  /** Clears away what is left of a process that ended while no host was watching. */
  async #bury(): Promise<void> {
    const { process, ready } = this.#around.record();
    this.#state = 'backoff';
    if (process) await this.#endUntilGone({ leader: null, mark: markOf(this.#around, process.nonce) }, 0);
    await finishSandbox(this.#around);
    await this.#noteExit(ADOPTED_EXIT, !ready, { startedAt: process?.startedAt ?? 0, logFrom: null });
    if (!this.stopping) await this.#pauseBeforeStart();
  }

  /** Starts a process, or notes why that was not possible and gives null. */
  async #start(): Promise<InstanceProcess | null> {
    this.#state = 'starting';
    const started = await startInstance(this.#around, this.#port, (port) => {
      this.#port = port;
    }).catch((error: unknown) =>
      refuse('start-failed', SluiceError.from(error, 'start the process').message, ''),
    );
    if (started.ok) {
      this.#process = started.value;
      this.#reason = 'it was just started';
      return started.value;
    }
    this.#failedStarts += 1;
    this.#reason = `${started.refusal.message} ${started.refusal.remedy}`.trim();
    this.#log('warn', 'process not started', { reason: this.#reason });
    return null;
  }

  /** Stays with a process until its tree is gone. */
  async #tend(process: InstanceProcess): Promise<void> {
    const { host } = this.#around;
    let everReady = this.#state === 'ready';
    const begin: HealthCourse = everReady
      ? { phase: 'ready', since: performance.now(), failuresInRow: 0 }
      : { phase: 'starting', since: performance.now() };
    const ending = await watchProcess(process, begin, this.#stopping.signal, {
      health: () => this.#around.run().health,
      // In a sandbox it is the kernel that keeps them to it.
      memoryBytes: () =>
        this.#around.run().sandbox === undefined ? this.#around.run().resources.memoryBytes : 0,
      cgroup: cgroupOf(this.#around),
      isCutOff: isCutOff(this.#around.run()),
      host,
      onProbe: (course, fault) => {
        everReady ||= course.phase === 'ready';
        this.#noteCourse(course, fault);
      },
    });
    const hasLeft = ending.kind === 'exited' && this.#isLeaving;
    if (ending.kind === 'ordered' || hasLeft) await this.#drainAndEnd(process);
    else await this.#endUnexpected(process, ending, !everReady);
    this.#process = null;
  }

  #noteCourse(course: HealthCourse, fault: string | null): void {
    if (this.stopping) return;
    if (fault !== null) this.#reason = fault;
    const ready = course.phase === 'ready';
    if (course.phase !== this.#state) {
      this.#log(ready ? 'info' : 'warn', ready ? 'instance ready' : 'instance not ready', { reason: fault });
      this.#state = course.phase;
      // Whatever the router may know as ready is on disk as ready, so that a restart does not take it away again.
      const saved = this.#saveOrWarn({ ready });
      void (ready ? saved : Promise.resolve()).then(() => this.#around.announce());
    }
    if (ready) this.#failedStarts = 0;
    const stable = ready && performance.now() - course.since >= this.#around.host.limits.stableMs;
    if (stable && this.#around.record().exits.length > 0) void this.#saveOrWarn({ exits: [] });
  }

  async #endUnexpected(process: InstanceProcess, ending: Ending, duringStart: boolean): Promise<void> {
    // Read before anybody is told: a reason without them would be what people and rollbacks quote.
    const told = this.#withLastWords(ending.how, process);
    const reason = await Promise.race([told, atMost(LAST_WORDS_MS).then(() => ending.how)]);
    this.#state = ending.kind === 'exited' ? 'backoff' : 'unready';
    this.#reason = reason;
    const announced = this.#around.announce();
    if (ending.kind === 'unhealthy')
      await Promise.race([announced, atMost(this.#around.host.limits.termGraceMs)]);
    const graceMs = ending.kind === 'unhealthy' ? this.#around.host.limits.termGraceMs : 0;
    await this.#endUntilGone({ leader: process, mark: process.mark }, graceMs);
    // Its children may have had more to say; now nobody writes any more.
    await this.#noteExit(await this.#kernelsWord(ending), duringStart, process);
  }

  /** A kill by the kernel's memory limit looks like any other kill; only the group's own count tells. */
  async #kernelsWord(ending: Ending): Promise<string> {
    const { cgroups } = this.#around.host;
    const { outOfMemory } = await finishSandbox(this.#around);
    const killed = outOfMemory || (await cgroups?.ranOutOfMemory(cgroupOf(this.#around))) === true;
    await cgroups?.remove(cgroupOf(this.#around));
    return killed ? 'out of memory' : ending.how;
  }

  #withLastWords(how: string, { startedAt, logFrom }: Start): Promise<string> {
    const { host, instance, revision, track } = this.#around;
    const file = instanceLogFile(host.paths, track, revision, instance);
    const { secrets } = this.#around.run();
    return describeExit(how, { file, from: logFrom, startedAt }, secrets, host.environment);
  }

  async #noteExit(how: string, duringStart: boolean, start: Start): Promise<void> {
    const lastExit = await this.#withLastWords(how, start);
    const { exits, unexpectedExits } = this.#around.record();
    this.#process = null;
    this.#reason = lastExit;
    this.#log('warn', 'process ended unexpectedly', { lastExit, duringStart });
    await this.#saveOrWarn({
      process: null,
      ready: false,
      lastExit,
      unexpectedExits: unexpectedExits + 1,
      exits: withExit(exits, { at: Date.now(), duringStart }),
    });
  }

  async #pauseBeforeStart(): Promise<void> {
    const { limits, random } = this.#around.host;
    const failures = Math.max(this.#failedStarts, this.#around.record().exits.length);
    const delayMs = restartDelayMs(failures, limits, random);
    this.#state = 'backoff';
    this.#reason = `starts again in ${formatDuration(delayMs)} after: ${this.#reason}`;
    await wait(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  async #drainAndEnd(process: InstanceProcess): Promise<void> {
    const { host, inFlight } = this.#around;
    const { drainMs } = this.#around.run();
    const deadline = performance.now() + drainMs;
    this.#state = 'draining';
    this.#reason = 'it finishes its requests and stops';
    let ended = false;
    void process.exited.then(() => {
      ended = true;
    });
    await Promise.race([
      this.#around.announce(),
      process.exited,
      atMost(Math.max(drainMs, host.limits.termGraceMs)),
    ]);
    while (!ended && performance.now() < deadline && inFlight(process.port) > 0)
      await wait(host.limits.drainLookMs);
    const graceMs = Math.max(deadline - performance.now(), host.limits.termGraceMs);
    await this.#endUntilGone({ leader: process, mark: process.mark }, graceMs);
    await host.cgroups?.remove(cgroupOf(this.#around));
    await finishSandbox(this.#around);
    this.#process = null;
    await this.#saveOrWarn({ process: null, ready: false });
    this.#log('info', 'process stopped', { pid: process.pid });
  }

  async #endUntilGone(tree: ProcessTree, graceMs: number): Promise<void> {
    while (!(await endTree(tree, graceMs)))
      this.#log('error', 'process outlives SIGKILL', { pid: tree.leader?.pid ?? null });
  }

  #saveOrWarn(change: Partial<InstanceRecord>): Promise<void> {
    return this.#around.save(change).catch((error: unknown) => {
      this.#log('error', 'state not written', { reason: SluiceError.from(error, 'write the state').message });
    });
  }

  #log(level: 'info' | 'warn' | 'error', message: string, fields: LogFields): void {
    const { host, instance, revision, track } = this.#around;
    host.log(level, message, { track, revision, instance, ...fields });
  }
}

/** Ends a race, without keeping the host alive once another has won it. */
const atMost = (durationMs: number): Promise<void> => wait(durationMs, undefined, { ref: false });
