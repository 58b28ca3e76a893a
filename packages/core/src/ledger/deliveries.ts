import type { Instant } from '../kernel/instant.ts';
import type { LedgerContent } from './ledger-entry.ts';

/** The entries of which deliveries are made. */
export const DELIVERY_ACTIONS = [
  'rolloutRequested',
  'queuedRolloutDropped',
  'voteGiven',
  'glassBroken',
  'holdEnded',
  'promotionBegun',
  'rollbackBegun',
  'rolloutSucceeded',
  'rolloutRolledBack',
] as const;

/** Somebody who let a change go on, or did not. */
export interface DeliveryVoice {
  readonly by: string;
  readonly at: Instant;
  /** `let it go on`: by hand, which is no approval. */
  readonly decision: 'approved' | 'rejected' | 'broke the glass' | 'let it go on';
  readonly reason: string | null;
}

/** One change, from request to end, as the ledger tells it. */
export interface Delivery {
  readonly rollout: string;
  /** `application/environment/component`. */
  readonly track: string;
  readonly version: string;
  readonly strategy: string;
  /** `normal`, `hotfix`, or `undo` for one that brings an earlier revision back, at once or by steps. */
  readonly lane: string;
  readonly author: string;
  readonly requestedAt: Instant;
  /** When the change was committed to its repository; null where nobody said. */
  readonly committedAt: Instant | null;
  readonly commit: string | null;
  readonly voices: readonly DeliveryVoice[];
  readonly outcome: 'succeeded' | 'rolled-back' | 'dropped' | 'under way';
  /** When it began to be taken back; null when it never was. */
  readonly failedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** Why it was taken back, by kind; null when it was not. */
  readonly cause: string | null;
  /** The last that was found out, in words: the verdict. */
  readonly evidence: string;
  /** The entry in which it was asked for. */
  readonly sequence: number;
}

type Draft = { -readonly [Key in keyof Delivery]: Delivery[Key] };

/** Puts deliveries together out of the entries of a ledger, given in their order. What began before the first is left out. */
export class DeliveryBook {
  readonly #drafts = new Map<string, Draft>();

  add(entry: LedgerContent): void {
    if (entry.action === 'rolloutRequested') this.#drafts.set(entry.subject, requested(entry));
    const draft = this.#drafts.get(entry.subject);
    if (draft !== undefined) followed(draft, entry);
  }

  /** In the order in which they were asked for. */
  deliveries(): readonly Delivery[] {
    return [...this.#drafts.values()];
  }
}

function requested(entry: LedgerContent): Draft {
  const facts = factsOf(entry);
  return {
    rollout: entry.subject,
    track: textOf(facts['track']) ?? '',
    version: textOf(facts['version']) ?? '',
    strategy: textOf(facts['strategy']) ?? '',
    lane: facts['isReturn'] === true ? 'undo' : (textOf(facts['lane']) ?? 'normal'),
    author: entry.actor,
    requestedAt: entry.at,
    committedAt: typeof facts['committedAt'] === 'number' ? facts['committedAt'] : null,
    commit: textOf(facts['commit']),
    voices: (entry.approvals ?? []).map(({ by, at, reason }) => ({
      ...{ by, at: at ?? entry.at, reason: reason ?? null },
      decision: 'approved' as const,
    })),
    ...{ outcome: 'under way', failedAt: null, endedAt: null, cause: null, evidence: '' },
    sequence: entry.sequence,
  };
}

function followed(draft: Draft, entry: LedgerContent): void {
  const facts = factsOf(entry);
  const words = textOf(facts['words']) ?? '';
  switch (entry.action) {
    case 'voteGiven':
      draft.voices = [...draft.voices, voiceOf(entry, facts)];
      return;
    case 'glassBroken':
      draft.voices = [...draft.voices, { ...saidBy(entry), decision: 'broke the glass' }];
      return;
    case 'holdEnded':
    case 'promotionBegun':
      // Causes of the engine are no people.
      if (entry.actor.includes(':'))
        draft.voices = [...draft.voices, { ...saidBy(entry), decision: 'let it go on' }];
      return;
    case 'queuedRolloutDropped':
      Object.assign(draft, { outcome: 'dropped', endedAt: entry.at, evidence: words });
      draft.cause = textOf(facts['cause']);
      return;
    case 'rollbackBegun':
      Object.assign(draft, { failedAt: entry.at, evidence: words, cause: textOf(facts['cause']) });
      return;
    case 'rolloutRolledBack':
      Object.assign(draft, { outcome: 'rolled-back', endedAt: entry.at });
      return;
    case 'rolloutSucceeded':
      Object.assign(draft, { outcome: 'succeeded', endedAt: entry.at, evidence: words });
  }
}

function voiceOf(entry: LedgerContent, facts: Facts): DeliveryVoice {
  const rejected = facts['decision'] === 'reject' || facts['decision'] === 'rejected';
  return { ...saidBy(entry), decision: rejected ? 'rejected' : 'approved' };
}

const saidBy = ({ actor, at, reason, detail }: LedgerContent) => ({
  by: actor,
  at,
  reason: reason ?? textOf((detail as Facts | null)?.['reason']),
});

type Facts = Readonly<Record<string, unknown>>;

const factsOf = ({ detail }: LedgerContent): Facts =>
  typeof detail === 'object' && detail !== null ? (detail as Facts) : {};

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
