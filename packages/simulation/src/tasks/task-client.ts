import { QUEUE, type ServerInStory } from './story-of-tasks.ts';
import type { LabelWishes, SubmitScript } from './task-script.ts';
import type { TaskSurroundings } from './task-surroundings.ts';

/** How long somebody waits for an answer, in ms. */
const PATIENCE_MS = 2_000;
const MOST_ATTEMPTS = 20;

/** Those who submit tasks, and ask again where they may. */
export class TaskClient {
  readonly #around: TaskSurroundings;
  #requests = 0;
  #unanswered = 0;

  constructor(around: TaskSurroundings) {
    this.#around = around;
  }

  /** Tasks of submits that nobody has answered. */
  get unanswered(): number {
    return this.#unanswered;
  }

  submit(script: SubmitScript): void {
    const request = this.#requests++;
    const now = Math.round(this.#around.queue.now);
    const tasks = Array.from({ length: script.count }, (_, n) => ({
      ...{
        input: { n, wishes: script.wishes },
        priority: script.priority,
        capabilities: [...script.abilities],
      },
      ...affinityOf(script.wishes, script.isApart ? this.#oneTaken() : null),
      ...(script.session !== null && { session: script.session }),
      ...(script.fairnessKey !== null && { fairnessKey: script.fairnessKey }),
      ...(script.delayMs !== null && { dueAt: now + script.delayMs }),
      ...(script.deadlineMs !== null && { deadlineAt: now + script.deadlineMs + (script.delayMs ?? 0) }),
      ...(script.isNamed && { idempotencyKey: `request-${request}-${n}` }),
    }));
    this.#ask(tasks, 1);
  }

  #ask(tasks: readonly (SubmitTask & { readonly idempotencyKey?: string })[], attempt: number): void {
    const { queue, story, watch } = this.#around;
    const server = this.#someServer();
    const isNamed = tasks[0]?.idempotencyKey !== undefined;
    let isOver = false;
    const again = (): void => {
      if (isOver) return;
      isOver = true;
      if (isNamed && attempt < MOST_ATTEMPTS) queue.after(300, () => this.#ask(tasks, attempt + 1));
    };
    queue.after(PATIENCE_MS, again);
    const parts = server?.parts;
    if (!parts) return;
    this.#unanswered += tasks.length;
    parts.registry.submit(QUEUE, tasks as Parameters<typeof parts.registry.submit>[1]).then(
      (answer) => {
        this.#unanswered -= tasks.length;
        isOver = true;
        if (!answer.ok) {
          story.tell(() => `${server?.name} refuses ${tasks.length} tasks: ${answer.refusal.code}`);
          return;
        }
        story.tell(() => `${server?.name} takes ${tasks.length} tasks`);
        for (const [n, { id }] of answer.value.tasks.entries())
          watch.taken(tasks[n]?.idempotencyKey ?? null, id);
      },
      () => {
        // Nobody knows whether they were taken: they count as on their way for good.
        again();
      },
    );
  }

  /** A task that was taken before; null when there is none. */
  #oneTaken(): string | null {
    const { chance, store } = this.#around;
    const originals = store.rows.filter(({ shadowOf }) => shadowOf === null);
    return originals.length === 0 ? null : chance.oneOf(originals).id;
  }

  #someServer(): ServerInStory | undefined {
    const up = this.#around.servers.filter(({ parts }) => parts !== null);
    return up.length === 0 ? undefined : this.#around.chance.oneOf(up);
  }
}

function affinityOf({ require, prefer, avoid }: LabelWishes, apartFrom: string | null) {
  if (apartFrom === null && [...require, ...prefer, ...avoid].length === 0) return {};
  const labels = { require: [...require], prefer: [...prefer], avoid: [...avoid] };
  return { affinity: { ...labels, ...(apartFrom !== null && { apartFrom }) } };
}

interface SubmitTask {
  readonly input: unknown;
  readonly priority: number;
  readonly capabilities: string[];
}
