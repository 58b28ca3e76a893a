/**
 * Purpose: puts hooks around tasks: whoever serves workers asks before a task is handed out, and tells after it has ended.
 *
 * Owns, in memory: tasks that hooks are being asked about. 1. A worker hears of a task when every hook has allowed it. 2. A
 * task that is forbidden fails with class refused, and the worker's place is free again. 3. A task that is taken away while
 * hooks are asked is heard of by nobody. 4. A worker that leaves meanwhile gives the task back.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { hooksAt } from '@sluice/core/tasks/hook-spec.ts';
import type { LeasedTask } from '../../store/tasks/claim-tasks.ts';
import type { AttemptWord } from '../../tasks/attempt-end.ts';
import type { WorkerDoor } from '../../tasks/dispatcher.ts';
import type { WorkerHello } from '../../tasks/worker-hello.ts';
import type { WorkerDesk, WorkerVisit } from '../../tasks/worker-desk.ts';
import type { AgentPolicies, AgentPolicy } from '../agent-policy.ts';
import type { ToolTally } from '../tool-tally.ts';
import type { HookDesk, Occasion } from './hook-desk.ts';
import type { SessionHooks } from './session-hooks.ts';

/** What the desk works with. */
export interface HookedDeskPorts {
  readonly desk: WorkerDesk;
  readonly hooks: Pick<HookDesk, 'before' | 'after'>;
  readonly sessions: Pick<SessionHooks, 'before'>;
  readonly policyOf: AgentPolicies;
  /** What attempts called through this server, where their workers do not count it. */
  readonly tally: Pick<ToolTally, 'take'>;
  readonly failed: (thrown: unknown) => void;
  readonly pause: (ms: number) => Promise<void>;
}

/** Nobody could be asked. */
const UNASKED = { isUnasked: true } as const;
const LONGEST_PAUSE_MS = 5_000;

/** As the desk within, with hooks. */
export const hookedDesk = (ports: HookedDeskPorts): WorkerDesk => ({
  welcome: (hello, door) => new HookedVisit(ports, hello, door),
});

type Handed = Pick<LeasedTask, 'attempt' | 'session'> & { readonly input?: unknown };

class HookedVisit implements WorkerVisit {
  readonly #ports: HookedDeskPorts;
  readonly #hello: WorkerHello;
  readonly #door: WorkerDoor;
  readonly #visit: WorkerVisit;
  /** Those that hooks are asked about. */
  readonly #pending = new Map<string, AbortController>();
  /** Those that the worker has. */
  readonly #handed = new Map<string, Handed>();
  #hasClosed = false;

  constructor(ports: HookedDeskPorts, hello: WorkerHello, door: WorkerDoor) {
    this.#ports = ports;
    this.#hello = hello;
    this.#door = door;
    this.#visit = ports.desk.welcome(hello, {
      assign: (task) => void this.#assign(task).catch(ports.failed),
      revoke: (lease) => {
        this.#handed.delete(lease.id);
        const asking = this.#pending.get(lease.id);
        if (asking === undefined) return door.revoke(lease);
        asking.abort();
        this.#pending.delete(lease.id);
        // It never heard of it, and still wants one.
        this.#visit.want(1);
      },
    });
  }

  want(more: number): void {
    this.#visit.want(more);
  }

  beat(): void {
    this.#visit.beat();
  }

  async resume(leases: Parameters<WorkerVisit['resume']>[0]): ReturnType<WorkerVisit['resume']> {
    const held = await this.#visit.resume(leases);
    for (const { id, attempt } of leases) if (held.has(id)) this.#handed.set(id, { attempt, session: null });
    return held;
  }

  async end(id: string, attempt: number, word: AttemptWord): Promise<boolean> {
    const isCounted = await this.#visit.end(id, attempt, this.#tallied(id, attempt, word));
    const handed = this.#handed.get(id);
    this.#handed.delete(id);
    if (isCounted && word.kind !== 'returned') await this.#tellEnd(id, attempt, handed, word);
    return isCounted;
  }

  close(): void {
    this.#hasClosed = true;
    for (const [id, asking] of this.#pending) asking.abort(id);
    this.#visit.close();
  }

  /** A worker knows best what it called; of one that says nothing the calls through this server count. */
  #tallied(id: string, attempt: number, word: AttemptWord): AttemptWord {
    const { calls, errors } = this.#ports.tally.take(id, attempt);
    if (word.report === undefined || calls <= word.report.toolCalls) return word;
    const toolErrors = Math.max(errors, word.report.toolErrors);
    return { ...word, report: { ...word.report, toolCalls: calls, toolErrors } };
  }

  async #assign(task: LeasedTask): Promise<void> {
    const asking = new AbortController();
    this.#pending.set(task.id, asking);
    const veto = await this.#veto(task, asking.signal).catch((thrown: unknown) => {
      this.#ports.failed(SluiceError.from(thrown, `asking hooks about the task ${task.id}`));
      return UNASKED;
    });
    if (this.#pending.get(task.id) === asking) this.#pending.delete(task.id);
    // The worker has gone, or the task has, and then its end counts for nothing.
    if (asking.signal.aborted) return this.#surelyEnd(task, { kind: 'returned' });
    if (veto === null) {
      this.#handed.set(task.id, task);
      this.#door.assign(task);
      return;
    }
    if (typeof veto === 'object') await this.#surelyEnd(task, { kind: 'returned' });
    else
      await this.#surelyEnd(task, {
        ...{ kind: 'failed', failureClass: 'refused', message: veto, retryAfterMs: null },
      });
    this.#visit.want(1);
  }

  /** The worker knows nothing of the task: until its end is written, nobody else would end it. */
  async #surelyEnd({ id, attempt }: LeasedTask, word: AttemptWord): Promise<void> {
    for (let tries = 1; ; tries++)
      try {
        await this.#visit.end(id, attempt, word);
        return;
      } catch (thrown) {
        this.#ports.failed(SluiceError.from(thrown, `ending the task ${id}`));
        // Nobody keeps the lease any more when the worker has gone.
        if (this.#hasClosed) return;
        await this.#ports.pause(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** tries));
      }
  }

  /** Why a task may not be handed out; null when it may. */
  async #veto(task: LeasedTask, signal: AbortSignal): Promise<string | null> {
    const { hooks, sessions, policyOf } = this.#ports;
    const { tenant, queue, revision } = this.#hello;
    const policy = await policyOf(tenant, queue, revision);
    if (policy.hooks.length === 0) return null;
    const inSession = await sessions.before(
      tenant,
      policy,
      { queue, revision, session: task.session },
      signal,
    );
    if (!inSession.isAllowed) return vetoOf(inSession);
    const asked = await hooks.before(tenant, policy, 'before-task', this.#occasion(task, {}), signal);
    return asked.isAllowed ? null : vetoOf(asked);
  }

  async #tellEnd(id: string, attempt: number, handed: Handed | undefined, word: AttemptWord): Promise<void> {
    const { hooks, policyOf, failed } = this.#ports;
    const { tenant, queue, revision } = this.#hello;
    try {
      const policy: AgentPolicy = await policyOf(tenant, queue, revision);
      if (hooksAt(policy.hooks, 'after-task').length === 0) return;
      const task = { id, ...(handed ?? { attempt, session: null }) };
      hooks.after(tenant, policy, 'after-task', this.#occasion(task, outcomeOf(word)));
    } catch (thrown) {
      failed(SluiceError.from(thrown, `telling hooks of the task ${id}`));
    }
  }

  #occasion(
    task: Handed & { readonly id: string } & Partial<Pick<LeasedTask, 'priority'>>,
    outcome: object,
  ): Occasion {
    const { queue, revision, worker } = this.#hello;
    const { id, attempt, session, input, priority } = task;
    return {
      ...{ queue, revision, session, taskId: id, attempt, tool: null },
      about: { task: { worker, ...(input !== undefined && { input, priority }), ...outcome } },
    };
  }
}

const vetoOf = ({ hook, message }: { readonly hook: string; readonly message: string }): string =>
  `The hook ${hook} forbids the task${message === '' ? '' : `: ${message.replace(/\.$/, '')}`}.`;

function outcomeOf(word: AttemptWord): object {
  if (word.kind === 'done') return { state: 'succeeded', result: word.result };
  if (word.kind === 'failed')
    return { state: 'failed', failureClass: word.failureClass, message: word.message };
  return {};
}
