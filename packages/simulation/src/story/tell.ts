import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { HostAnswer, HostOrder } from '../world/host-order.ts';
import type { Committed } from '../world/simulated-store.ts';
import type { Story } from './story.ts';

/** Tells what a commit changed, fact by fact. */
export function tellCommit(story: Story, { version, by, events }: Committed): void {
  const facts = events.filter(({ kind }) => kind !== 'evidenceObserved');
  if (facts.length === 0) return;
  story.tell(() => `${by} commits ${version}: ${facts.map(factInWords).join('; ')}`);
}

/** Tells what the host made of an order. */
export function tellAnswer(story: Story, order: HostOrder, answer: HostAnswer): void {
  story.tell(() => {
    const taken = answer === 'done' ? 'takes' : `refuses (${answer})`;
    return `the host ${taken} generation ${order.generation}: ${orderInWords(order)}`;
  });
}

function orderInWords(order: HostOrder): string {
  switch (order.kind) {
    case 'capacity':
      return `${order.instances} instances of ${order.revision}`;
    case 'split':
      return splitInWords(order.split);
    case 'retire':
      return `retire ${order.revision}`;
  }
}

function splitInWords({ weights, matches, mirror }: Split): string {
  const parts = weights.map(({ revision, basisPoints }) => `${revision} ${basisPoints / 100} %`);
  const matched = matches.map(({ revision }) => `matches to ${revision}`);
  const mirrored = mirror ? [`${mirror.basisPoints / 100} % copied to ${mirror.revision}`] : [];
  return [...parts, ...matched, ...mirrored].join(', ') || 'nothing is served';
}

function factInWords(event: TrackEvent): string {
  switch (event.kind) {
    case 'rolloutRequested':
      return `${event.revision.version} is asked for (${event.id})`;
    case 'capacityOrdered':
      return event.order.retiring
        ? `${event.revision} is to be retired`
        : `${event.revision} is to have ${event.order.instances} instances`;
    case 'splitOrdered':
      return `split ${splitInWords(event.split)}`;
    case 'stepFinished':
      return `step ${event.step + 1} done (${event.note})`;
    case 'rolloutHeld':
      return `held (${event.reason.kind}${'detail' in event.reason ? `: ${event.reason.detail}` : ''})`;
    case 'gatesClosed':
      return `waits for ${event.gates.map(({ words }) => words).join('; ')}`;
    case 'voteGiven':
      return `${event.vote.subject} says ${event.vote.decision}`;
    case 'holdEnded':
    case 'promotionBegun':
    case 'rollbackResumed':
      return `${event.kind} by ${event.by}`;
    case 'rollbackBegun':
      return `rollback begun (${event.reason.kind}: ${event.reason.detail})`;
    case 'rollbackBlocked':
      return `rollback blocked by ${event.obstacle}`;
    case 'checkFinished':
      return `check ${event.name} ${event.passed ? 'passed' : 'failed'}`;
    case 'revisionRetired':
    case 'retentionEnded':
      return `${event.kind} ${event.revision}`;
    case 'revisionRetained':
      return `${event.retained.revision} is kept`;
    default:
      return event.kind;
  }
}
