import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import { sha256 } from '@sluice/protocol/ledger/sha256-tree.ts';
import { describeEvent } from './describe-event.ts';
import type { LedgerNote } from './track-store.ts';

/** What an entry is made of besides the event itself. */
export interface NoteFrame {
  readonly after: TrackState;
  /** The rollout that the event is about; null for none. */
  readonly rollout: string | null;
  /** Who caused it: a person, or `engine`. */
  readonly actor: string;
  /** Digests of the track before and after the commit. */
  readonly digests: { readonly before: string; readonly after: string };
}

/** The entry in the ledger that an event makes. */
export function ledgerNote(event: TrackEvent, { after, rollout, actor, digests }: NoteFrame): LedgerNote {
  const reason = reasonOf(event);
  return {
    at: event.at,
    actor: actorOf(event, actor),
    action: event.kind,
    subject: rollout ?? after.id,
    detail: { track: after.id, words: describeEvent(event), ...factsOf(event) },
    ...digests,
    ...(reason !== null && { reason }),
    ...approvalsOf(event, after),
  };
}

/**
 * The digest of what a person would want to know to be unchanged: what runs, what gets traffic, what is under way and what
 * waits. Evidence, which changes every second, is not in it.
 */
export function trackDigest({ stable, capacity, split, retained, active, queue }: TrackState): string {
  const rolloutOf = (rollout: Rollout | null) =>
    rollout && { id: rollout.id, candidate: rollout.candidate, phase: rollout.phase };
  return sha256(
    canonicalJson({
      stable,
      capacity,
      split,
      retained,
      active: rolloutOf(active),
      queue: queue.map(rolloutOf),
    }),
  );
}

/** What reports and figures are made of, apart from words. */
function factsOf(event: TrackEvent): Readonly<Record<string, unknown>> {
  switch (event.kind) {
    case 'rolloutRequested': {
      const { revision, lane, plan, source } = event;
      return {
        ...{ version: revision.version, revision: revision.id, lane, strategy: plan.strategy },
        ...(plan.gates?.isExempt === true && { isReturn: true }),
        ...(source && { commit: source.commit, committedAt: source.authoredAt }),
      };
    }
    case 'voteGiven':
      return { decision: event.vote.decision, planHash: event.vote.planHash };
    case 'rollbackBegun':
    case 'queuedRolloutDropped':
      return { cause: event.reason.kind };
    default:
      return {};
  }
}

/** Who had let a rollout go on, in the entry that says that it did. */
function approvalsOf(event: TrackEvent, { active, last }: TrackState): Pick<LedgerNote, 'approvals'> {
  if (event.kind !== 'promotionBegun' && event.kind !== 'rolloutSucceeded') return {};
  const votes = (event.kind === 'rolloutSucceeded' ? last : active)?.votes ?? [];
  const approvals = votes
    .filter(({ decision }) => decision === 'approve')
    .map(({ subject, at, reason }) => ({ by: subject, at, ...(reason !== null && { reason }) }));
  return approvals.length > 0 ? { approvals } : {};
}

function reasonOf(event: TrackEvent): string | null {
  if (event.kind === 'voteGiven') return event.vote.reason;
  if (event.kind === 'glassBroken') return event.reason;
  if (event.kind === 'rollbackBegun' || event.kind === 'queuedRolloutDropped') return event.reason.detail;
  return null;
}

/** What the engine names as causes of its own. */
const ENGINE: readonly string[] = ['plan', 'evidence', 'recovery', 'gates'];

function actorOf(event: TrackEvent, actor: string): string {
  if (event.kind === 'voteGiven') return event.vote.subject;
  return 'by' in event && !ENGINE.includes(event.by) ? event.by : actor;
}
