/**
 * Purpose: asks hooks before things happen to tasks, tells them after, and writes down what they said.
 *
 * Owns, in memory: what has not been written yet, and who is being told. 1. Before something, hooks are asked one after the
 * other, and the first veto counts. 2. After something all are told, nobody waits for them, and it happens at most once: a
 * server that dies in between has told nobody. 3. Each time that one is asked is kept, with what it said.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { hookVerdict } from '@sluice/core/tasks/hook-answer.ts';
import { SCORE_RULES } from '@sluice/protocol/http/score-rules.ts';
import { type HookMoment, type HookSpec, hooksAt } from '@sluice/core/tasks/hook-spec.ts';
import type { HookFiring } from '../../store/hooks/hook-firings.ts';
import type { AgentPolicy } from '../agent-policy.ts';
import type { AskHook } from './ask-hook.ts';

/** Something that happens, or has happened, as hooks are told of it. */
export interface Occasion {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly session: string | null;
  readonly taskId: string | null;
  readonly attempt: number | null;
  /** As the agent calls it. */
  readonly tool: string | null;
  /** Everything else; JSON. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** What was said before something. */
export interface Asked {
  readonly isAllowed: boolean;
  /** Which hook forbids it; empty when none does. */
  readonly hook: string;
  readonly message: string;
}

/** Scores that hooks gave to the result of a task. */
export type Scored = (
  tenant: string,
  of: {
    readonly queue: TrackId;
    readonly revision: RevisionId;
    readonly taskId: string;
    readonly hook: string;
  },
  scores: Readonly<Record<string, number>>,
) => void;

/** What the desk works with. */
export interface HookDeskPorts {
  readonly ask: AskHook;
  readonly write: (tenant: string, firings: readonly HookFiring[]) => Promise<void>;
  readonly scored: Scored;
  readonly failed: (thrown: unknown) => void;
  readonly newId: () => string;
}

/** Asks and tells hooks. */
export interface HookDesk {
  before(
    tenant: string,
    policy: AgentPolicy,
    moment: HookMoment,
    occasion: Occasion,
    signal?: AbortSignal,
  ): Promise<Asked>;
  after(tenant: string, policy: AgentPolicy, moment: HookMoment, occasion: Occasion): void;
  /** Waits for those who are being told. */
  close(): Promise<void>;
}

const ALLOWED: Asked = { isAllowed: true, hook: '', message: '' };
/** Occasions of which hooks are told at the same time. */
const MOST_TELLING = 1_000;

/** Starts with nobody asked. */
export const hookDesk = (ports: HookDeskPorts): HookDesk => new Desk(ports);

class Desk implements HookDesk {
  readonly #ports: HookDeskPorts;
  readonly #closing = new AbortController();
  readonly #telling = new Set<Promise<void>>();

  constructor(ports: HookDeskPorts) {
    this.#ports = ports;
  }

  async before(
    tenant: string,
    policy: AgentPolicy,
    moment: HookMoment,
    occasion: Occasion,
    signal?: AbortSignal,
  ): Promise<Asked> {
    const closing = this.#closing.signal;
    const either = signal ? AbortSignal.any([signal, closing]) : closing;
    for (const hook of hooksAt(policy.hooks, moment, occasion.tool)) {
      const { firing } = await this.#asked(policy, hook, occasion, either);
      await this.#write(tenant, [firing]);
      if (!firing.isAllowed) return { isAllowed: false, hook: hook.name, message: firing.message };
    }
    return ALLOWED;
  }

  after(tenant: string, policy: AgentPolicy, moment: HookMoment, occasion: Occasion): void {
    const hooks = hooksAt(policy.hooks, moment, occasion.tool);
    if (hooks.length === 0) return;
    if (this.#telling.size >= MOST_TELLING) {
      const message = `${MOST_TELLING} hooks are being told of tasks; one more was left out`;
      this.#ports.failed(new SluiceError('exhausted', message, { next: 'retry' }));
      return;
    }
    const told = this.#tellAll(tenant, policy, hooks, occasion)
      .catch((thrown: unknown) => this.#ports.failed(thrown))
      .finally(() => this.#telling.delete(told));
    this.#telling.add(told);
  }

  async close(): Promise<void> {
    const all = Promise.all(this.#telling);
    this.#closing.abort();
    await all;
  }

  async #tellAll(
    tenant: string,
    policy: AgentPolicy,
    hooks: readonly HookSpec[],
    occasion: Occasion,
  ): Promise<void> {
    const all = await Promise.all(
      hooks.map((hook) => this.#asked(policy, hook, occasion, this.#closing.signal)),
    );
    const { queue, revision, taskId } = occasion;
    for (const { firing, scores } of all)
      if (taskId !== null && Object.keys(scores).length > 0)
        this.#ports.scored(tenant, { queue, revision, taskId, hook: firing.hook }, scores);
    await this.#write(
      tenant,
      all.map(({ firing }) => firing),
    );
  }

  async #asked(
    policy: AgentPolicy,
    hook: HookSpec,
    occasion: Occasion,
    signal: AbortSignal,
  ): Promise<{ readonly firing: HookFiring; readonly scores: Readonly<Record<string, number>> }> {
    const begunMs = performance.now();
    const answer = await this.#ports.ask(hook, toldOf(hook, occasion), policy, signal);
    const { scores, ...verdict } = hookVerdict(hook, answer, SCORE_RULES);
    const { queue, revision, session, taskId, attempt, tool } = occasion;
    const durationMs = Math.round(performance.now() - begunMs);
    const of = { queue, revision, session, taskId, attempt, tool };
    const firing = {
      id: this.#ports.newId(),
      hook: hook.name,
      moment: hook.at,
      ...of,
      ...verdict,
      durationMs,
    };
    return { firing, scores };
  }

  async #write(tenant: string, firings: readonly HookFiring[]): Promise<void> {
    try {
      await this.#ports.write(tenant, firings);
    } catch (thrown) {
      this.#ports.failed(SluiceError.from(thrown, 'writing down what hooks said'));
    }
  }
}

const toldOf = (
  { at, name }: HookSpec,
  { about, queue, revision, session, taskId, attempt, tool }: Occasion,
) => ({
  ...{ hook: name, at, agent: queue, revision, session },
  ...(taskId !== null && { task: { id: taskId, attempt, ...(about['task'] as object) } }),
  ...(tool !== null && { tool: { name: tool, ...(about['tool'] as object) } }),
});
