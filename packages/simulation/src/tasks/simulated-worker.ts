import { revisionId } from '@sluice/core/kernel/ids.ts';
import { hasEnded } from '@sluice/core/tasks/task-state.ts';
import type { LeasedTask } from '@sluice/server/store/tasks/claim-tasks.ts';
import type { AttemptWord } from '@sluice/server/tasks/attempt-end.ts';
import { Connection, type ConnectionEnd, type Heard } from './connection.ts';
import { type AttemptName, LEASE_MS, LIE, QUEUE, resultOf, TENANT } from './story-of-tasks.ts';
import type { WorkerScript } from './task-script.ts';
import type { TaskSurroundings } from './task-surroundings.ts';

/** How often a forgetful worker forgets. */
const FORGOTTEN = 0.2;

interface Unsettled extends AttemptName {
  readonly word: AttemptWord;
}

/** A worker process that keeps to the protocol as the SDK does, and lies if its script says so. */
export class SimulatedWorker implements ConnectionEnd {
  readonly name: string;
  readonly #script: WorkerScript;
  readonly #around: TaskSurroundings;
  readonly #running = new Map<string, AttemptName>();
  readonly #unsettled = new Map<string, Unsettled>();
  #line: Connection | null = null;
  #isWelcome = false;
  #asked = 0;
  #hasStarted = false;
  #isDead = false;
  #isLeaving = false;
  #hangsUntil = 0;

  constructor(script: WorkerScript, around: TaskSurroundings, name = script.name) {
    this.name = name;
    this.#script = script;
    this.#around = around;
  }

  start(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#around.story.tell(() => `worker ${this.name} starts`);
    this.#connect();
    this.#beat();
  }

  die(): void {
    this.#around.story.tell(() => `worker ${this.name} dies`);
    this.#isDead = true;
    if (this.#around.chance.happens(0.5)) this.#line?.break();
    else this.#line?.vanish();
  }

  hang(forMs: number): void {
    this.#around.story.tell(() => `worker ${this.name} hangs`);
    this.#hangsUntil = Math.max(this.#hangsUntil, this.#around.queue.now + forMs);
  }

  lose(): void {
    this.#around.story.tell(() => `the connection of ${this.name} breaks`);
    this.#line?.break();
  }

  /** It finishes what it has, wants no more, and goes. */
  leave(): void {
    if (this.#isLeaving || this.#isDead) return;
    this.#around.story.tell(() => `worker ${this.name} leaves`);
    this.#isLeaving = true;
    this.#later(4_000, () => this.#running.clear());
    this.#goWhenIdle();
  }

  heard(message: Heard): void {
    this.#awake(() => this.#hear(message));
  }

  broken(): void {
    this.#awake(() => {
      this.#line = null;
      this.#isWelcome = false;
      this.#later(this.#around.chance.between(50, 400), () => this.#connect());
    });
  }

  #connect(): void {
    const up = this.#around.servers.filter(({ parts }) => parts !== null);
    if (up.length === 0) return this.#later(200, () => this.#connect());
    const { version, abilities } = this.#script;
    const hello = {
      tenant: TENANT,
      worker: this.name,
      queue: QUEUE,
      revision: revisionId(version),
      abilities,
    };
    this.#line = new Connection(this.#around, this.#around.chance.oneOf(up), hello, this);
    this.#line.open([...this.#held().values()]);
    const line = this.#line;
    this.#later(1_000, () => this.#line === line && !this.#isWelcome && line.break());
  }

  /** The latest attempt at each task. */
  #held(): ReadonlyMap<string, AttemptName> {
    const latest = new Map<string, AttemptName>();
    for (const { id, attempt } of [...this.#unsettled.values(), ...this.#running.values()])
      if (attempt > (latest.get(id)?.attempt ?? 0)) latest.set(id, { id, attempt });
    return latest;
  }

  #hear(message: Heard): void {
    switch (message.kind) {
      case 'welcome':
        return this.#welcomed(message.held);
      case 'assign':
        return this.#assigned(message.task);
      case 'revoke':
        if (this.#script.way !== 'deaf') this.#running.delete(keyOf(message));
        return this.#wantMore();
      case 'settled':
        this.#unsettled.delete(keyOf(message));
        return this.#wantMore();
      case 'drain':
        return this.leave();
    }
  }

  #welcomed(held: ReadonlySet<string>): void {
    this.#isWelcome = true;
    this.#asked = 0;
    if (this.#script.way !== 'deaf')
      for (const [key, { id }] of this.#running) if (!held.has(id)) this.#running.delete(key);
    for (const { id, attempt, word } of this.#unsettled.values())
      this.#line?.say({ kind: 'end', id, attempt, word });
    this.#wantMore();
  }

  #assigned(task: LeasedTask): void {
    this.#asked = Math.max(0, this.#asked - 1);
    const key = keyOf(task);
    if (this.#running.has(key)) return;
    if (this.#isLeaving || this.#running.size >= this.#script.concurrency)
      return this.#say(task, { kind: 'returned' });
    this.#running.set(key, { id: task.id, attempt: task.attempt });
    const { workMs } = this.#script;
    this.#later(this.#around.chance.between(workMs, 2 * workMs), () => this.#finish(task));
  }

  #finish(task: LeasedTask): void {
    const { chance } = this.#around;
    const { failureRate, failsAs, way } = this.#script;
    if (way === 'forgetful' && chance.happens(FORGOTTEN)) return;
    if (!this.#running.delete(keyOf(task))) return;
    const { id, attempt } = task;
    const word: AttemptWord = chance.happens(failureRate)
      ? { kind: 'failed', failureClass: failsAs, message: 'it did not work', retryAfterMs: null }
      : { kind: 'done', result: resultOf(this.name, attempt) };
    if (way === 'mixes-attempts') for (const wrong of [attempt - 1, attempt + 1]) this.#lie(id, wrong);
    if (way === 'thief') this.#steal();
    this.#say(task, word);
    if (way === 'twice') this.#line?.say({ kind: 'end', id, attempt, word });
  }

  #lie(id: string, attempt: number): void {
    this.#line?.say({ kind: 'end', id, attempt, word: { kind: 'done', result: LIE } });
  }

  /** It knows everything of other tasks that can be known. */
  #steal(): void {
    const others = this.#around.store.rows.filter(
      (row) => !hasEnded(row.state) && row.worker !== this.name && row.attempt > 0,
    );
    if (others.length === 0) return;
    const { id, attempt } = this.#around.chance.oneOf(others);
    this.#lie(id, attempt);
  }

  #say({ id, attempt }: AttemptName, word: AttemptWord): void {
    this.#unsettled.set(keyOf({ id, attempt }), { id, attempt, word });
    if (this.#isWelcome) this.#line?.say({ kind: 'end', id, attempt, word });
  }

  #wantMore(): void {
    if (this.#isLeaving || !this.#isWelcome) return;
    const free = this.#script.concurrency - this.#running.size - this.#asked;
    if (free <= 0) return;
    this.#asked += free;
    this.#line?.say({ kind: 'want', more: free });
  }

  #beat(): void {
    this.#later(LEASE_MS / 3, () => {
      if (this.#isWelcome) this.#line?.say({ kind: 'heartbeat' });
      this.#beat();
    });
  }

  #goWhenIdle(): void {
    if (this.#running.size > 0 || this.#unsettled.size > 0) return this.#later(50, () => this.#goWhenIdle());
    this.#line?.say({ kind: 'bye' });
    this.#later(10, () => {
      this.#isDead = true;
      this.#line?.break();
    });
  }

  #later(delayMs: number, happen: () => void): void {
    this.#around.queue.after(delayMs, () => this.#awake(happen));
  }

  #awake(happen: () => void): void {
    if (this.#isDead) return;
    const { queue } = this.#around;
    if (queue.now < this.#hangsUntil) queue.at(this.#hangsUntil, () => this.#awake(happen));
    else happen();
  }
}

const keyOf = ({ id, attempt }: AttemptName): string => `${id} ${attempt}`;
