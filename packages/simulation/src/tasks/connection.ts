/**
 * Purpose: one session of a worker with a server, as `api/grpc/work-session.ts` carries it, over a net that takes its time and
 * breaks.
 */
import type { LeasedTask } from '@sluice/server/store/tasks/claim-tasks.ts';
import type { AttemptWord } from '@sluice/server/tasks/attempt-end.ts';
import type { WorkerHello } from '@sluice/server/tasks/worker-hello.ts';
import type { WorkerVisit } from '@sluice/server/tasks/worker-desk.ts';
import { type AttemptName, LEASE_MS, type ServerInStory, type ServerParts } from './story-of-tasks.ts';
import type { TaskSurroundings } from './task-surroundings.ts';

/** What a worker hears. */
export type Heard =
  | { readonly kind: 'welcome'; readonly held: ReadonlySet<string> }
  | { readonly kind: 'assign'; readonly task: LeasedTask }
  | ({ readonly kind: 'revoke' } & AttemptName)
  | ({ readonly kind: 'settled'; readonly isCounted: boolean } & AttemptName)
  | { readonly kind: 'drain' };

/** What a worker says. */
export type Said =
  | { readonly kind: 'want'; readonly more: number }
  | { readonly kind: 'heartbeat' }
  | ({ readonly kind: 'end'; readonly word: AttemptWord } & AttemptName)
  /** It says no more. */
  | { readonly kind: 'bye' };

/** Who is at the other end of a connection. */
export interface ConnectionEnd {
  heard(message: Heard): void;
  /** Nothing comes any more. */
  broken(): void;
}

/** A connection; words come in their order, or not at all. */
export class Connection {
  readonly #around: TaskSurroundings;
  readonly #server: ServerInStory;
  readonly #hello: WorkerHello;
  readonly #worker: ConnectionEnd;
  readonly #attempts = new Map<string, number>();
  #visit: WorkerVisit | null = null;
  #left = (): void => undefined;
  #isBroken = false;
  #hasEnded = false;
  #heardAt = 0;
  #wanted = 0;
  /** What was said before the worker was let in is heard after; null from then on. */
  #early: Said[] | null = [];
  /** When what was sent last arrives, each way. */
  #arrivals = { there: 0, back: 0 };

  constructor(around: TaskSurroundings, server: ServerInStory, hello: WorkerHello, worker: ConnectionEnd) {
    this.#around = around;
    this.#server = server;
    this.#hello = hello;
    this.#worker = worker;
    this.#left = server.mournedBy(() => this.break());
  }

  open(held: readonly AttemptName[]): void {
    this.#there(() => {
      const { parts } = this.#server;
      if (parts !== null) this.#letIn(parts, held);
    });
  }

  say(word: Said): void {
    this.#there(() => this.#take(word));
  }

  /** Whatever is on its way is lost; both ends notice. */
  break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    const { queue, chance } = this.#around;
    queue.after(chance.between(0, 20), () => this.#worker.broken());
    this.#server.later(chance.between(0, 20), () => this.#end());
  }

  /** The worker's machine is gone: nobody tells the server. */
  vanish(): void {
    this.#isBroken = true;
  }

  #letIn({ workers, sessions }: ServerParts, held: readonly AttemptName[]): void {
    this.#heardAt = this.#around.queue.now;
    this.#watchSilence();
    const visit = workers.welcome(this.#hello, {
      assign: (task) => this.#assign(task),
      revoke: ({ id, attempt }) => {
        this.#attempts.delete(id);
        this.#back({ kind: 'revoke', id, attempt });
      },
    });
    this.#visit = visit;
    const leave = sessions.enter({
      hello: this.#hello,
      drain: () => this.#back({ kind: 'drain' }),
      replaced: () => {
        this.#end();
        this.break();
      },
    });
    const forget = this.#left;
    this.#left = () => {
      leave();
      forget();
    };
    visit.resume(held).then(
      (kept) => {
        for (const { id, attempt } of held)
          if (kept.get(id)?.attempt === attempt) this.#attempts.set(id, attempt);
        this.#back({ kind: 'welcome', held: new Set(kept.keys()) });
        const early = this.#early ?? [];
        this.#early = null;
        for (const word of early) this.#take(word);
      },
      () => this.break(),
    );
  }

  #take(word: Said): void {
    const visit = this.#visit;
    if (visit === null || this.#hasEnded) return;
    if (this.#early !== null) return void this.#early.push(word);
    this.#heardAt = this.#around.queue.now;
    if (word.kind === 'end') return this.#settle(visit, word);
    visit.beat();
    if (word.kind === 'want') {
      this.#wanted += word.more;
      visit.want(word.more);
    } else if (word.kind === 'bye') this.#giveAllBack(visit);
  }

  #giveAllBack(visit: WorkerVisit): void {
    visit.close();
    for (const [id, attempt] of this.#attempts)
      this.#settle(visit, { id, attempt, word: { kind: 'returned' } });
  }

  #settle(visit: WorkerVisit, { id, attempt, word }: AttemptName & { readonly word: AttemptWord }): void {
    visit.end(id, attempt, word).then(
      (isCounted) => {
        if (this.#attempts.get(id) === attempt) this.#attempts.delete(id);
        if (isCounted) this.#around.watch.counted(this.#hello.worker, { id, attempt }, word);
        this.#back({ kind: 'settled', id, attempt, isCounted });
      },
      () => this.break(),
    );
  }

  #assign(task: LeasedTask): void {
    this.#wanted -= 1;
    this.#around.watch.assigned(this.#hello.worker, task, this.#wanted);
    this.#attempts.set(task.id, task.attempt);
    this.#back({ kind: 'assign', task });
  }

  #watchSilence(): void {
    this.#server.later(LEASE_MS / 5, () => {
      if (this.#hasEnded) return;
      if (this.#around.queue.now - this.#heardAt < LEASE_MS * 1.1) return this.#watchSilence();
      this.break();
      this.#end();
    });
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#visit?.close();
    this.#left();
  }

  #there(arrive: () => void): void {
    const at = this.#arrival('there');
    this.#around.queue.at(at, () => {
      if (!this.#isBroken) this.#server.happens(() => !this.#isBroken && arrive());
    });
  }

  #back(message: Heard): void {
    if (this.#isBroken) return;
    this.#around.queue.at(this.#arrival('back'), () => {
      if (!this.#isBroken) this.#worker.heard(message);
    });
  }

  #arrival(way: 'there' | 'back'): number {
    const { queue, chance } = this.#around;
    this.#arrivals[way] = Math.max(this.#arrivals[way], queue.now + chance.between(0.2, 4));
    return this.#arrivals[way];
  }
}
