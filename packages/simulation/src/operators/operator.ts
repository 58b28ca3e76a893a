import { type RevisionId, revisionId, rolloutId } from '@sluice/core/kernel/ids.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import { breakGlass, voteOnRollout } from '@sluice/core/rollout/votes.ts';
import { compilePlan } from '@sluice/core/rollout/plan.ts';
import { assert } from '@sluice/core/kernel/assert.ts';
import type { RolloutCommand } from '@sluice/core/rollout/commands.ts';
import type { OperatorAct, Script, VersionScript } from '../script/script.ts';
import { componentAtHand } from '../script/strategies-at-hand.ts';
import type { Surroundings } from '../world/surroundings.ts';

/** The revision of a version in every story. */
export const revisionOf = (version: string): RevisionId => revisionId(`web-${version}`);

/** What a script says of a version. */
export function versionIn({ stable, versions }: Script, version: string): VersionScript {
  const found = [...(stable ? [stable] : []), ...versions].find((known) => known.version === version);
  assert(found, `the script knows no version ${version}`);
  return found;
}

/** A person at the command line; every act is one transaction, refused or committed. */
export class Operator {
  readonly #around: Surroundings;
  readonly #name: string;

  constructor(around: Surroundings, name: string) {
    this.#around = around;
    this.#name = name;
  }

  act(act: OperatorAct): void {
    if (act.kind === 'command') this.command(act.command);
    else if (act.kind === 'vote') this.vote(act.by, act.decision);
    else if (act.kind === 'break-glass') this.#breakGlass();
    else this.#release(act);
  }

  command(command: RolloutCommand): void {
    const { store, engine, queue } = this.#around;
    this.#take(command, engine.commandRollout(store.track, { command, by: this.#name }, queue.now));
  }

  /** Says what somebody thinks of the release that is under way. */
  vote(subject: string, decision: 'approve' | 'reject'): void {
    const { store, queue } = this.#around;
    const order = { subject, groups: [], roles: ['approver'], decision, reason: 'because' } as const;
    this.#take(`${subject} says ${decision}`, voteOnRollout(store.track, order, queue.now));
  }

  #breakGlass(): void {
    const { store, queue } = this.#around;
    const answer = breakGlass(store.track, { by: this.#name, reason: 'it burns' }, queue.now);
    this.#take('break the glass', answer);
  }

  #release({ version, lane, arrival }: Extract<OperatorAct, { kind: 'release' }>): void {
    const { store, engine, script, queue } = this.#around;
    const { track } = store;
    const { instances, strategy } = versionIn(script, version);
    const plan = compilePlan(componentAtHand(strategy, instances), { first: track.stable === null, lane });
    const { fullInstances } = plan;
    const revision = { id: revisionOf(version), version, instances, fullInstances };
    const id = rolloutId(`ro-${track.nextNumber}`);
    const request = { id, lane, revision, plan, by: this.#name, arrival };
    const words = `release ${version} (${lane === 'normal' ? strategy.kind : lane}, ${arrival})`;
    this.#take(words, engine.requestRollout(track, request, queue.now));
  }

  #take(words: string, answer: Result<readonly TrackEvent[]>): void {
    const { store, engine, queue, story, rouse } = this.#around;
    if (!answer.ok) return story.tell(() => `${this.#name}: ${words}; refused: ${answer.refusal.code}`);
    story.tell(() => `${this.#name}: ${words}`);
    const before = store.track;
    const after = answer.value.reduce(engine.transition, before);
    store.commit({ before, after, events: answer.value, nextWakeAt: queue.now, by: this.#name });
    rouse();
  }
}
