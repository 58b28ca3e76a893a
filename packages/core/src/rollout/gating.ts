/**
 * Purpose: what gates mean to a rollout.
 *
 * 1. No rollout begins, and none gives its candidate more, while a gate is closed that holds it. 2. What is not known is
 * closed. 3. Nothing here is asked on the way back. 4. Each way past a gate stands in the state: votes, or broken glass.
 */
import type { ApprovalRule } from '../gates/approval-rule.ts';
import { countVotes, type VoteCount } from '../gates/count-votes.ts';
import { type Gate, gateWords, type ObservedGates } from '../gates/gate.ts';
import { type GateRules, NO_GATE_RULES } from '../gates/gate-rules.ts';
import { windowGates } from '../gates/window-gates.ts';
import { canonicalJson } from '../kernel/canonical-json.ts';
import type { Instant } from '../kernel/instant.ts';
import { sha256Hex } from '../kernel/sha256.ts';
import type { Rollout } from './state.ts';

/** What a rollout is about to do. */
export type GateMoment =
  | 'start'
  /** Give the candidate more, or make it stable. */
  | 'widen';

/** What gates are looked at with. */
export interface GateLook {
  readonly now: Instant;
  /** Undefined where there can be none. */
  readonly gates?: ObservedGates | undefined;
}

/** The digest of what people approve: the plan, what is released, and who asked for it. */
export const planDigest = ({ candidate, version, lane, plan, requestedBy }: Rollout): string =>
  sha256Hex(canonicalJson({ candidate, version, lane, plan, requestedBy }));

/** The rules by which a rollout, or one of its steps, is to be approved; none where nobody has to. */
export function approvalRules({ plan, lane }: Rollout, step: number | null): readonly ApprovalRule[] {
  const rules = plan.gates ?? NO_GATE_RULES;
  if (rules.isExempt === true || lane === 'undo') return [];
  const asked = step === null ? undefined : plan.steps[step];
  return asked?.kind === 'approve' ? (asked.approvals ?? rules.approvals) : rules.approvals;
}

/** What the votes on a rollout come to, rule by rule. */
export function approvalCounts(
  rollout: Rollout,
  step: number | null,
  { now, gates }: GateLook,
  rules = approvalRules(rollout, step),
): readonly VoteCount[] {
  if (rules.length === 0) return [];
  const { votes = [], requestedBy } = rollout;
  const planHash = votes.length > 0 ? planDigest(rollout) : '';
  const lapsed = gates?.kind === 'observed' ? gates.lapsed : undefined;
  const release = { requestedBy, planHash, step, now, ...(lapsed && { lapsed }) };
  return rules.map((rule) => countVotes(rule, votes, release));
}

/** Who let a rollout pass a step of approval, in words; null while nobody has, and where votes are not what is asked for. */
export function approvedWords(rollout: Rollout, step: number, look: GateLook): string | null {
  if (rollout.glass) return `passed by ${rollout.glass.by}, who broke the glass: ${rollout.glass.reason}`;
  const counts = approvalCounts(rollout, step, look);
  if (counts.length === 0 || counts.some(({ granted }) => !granted)) return null;
  return `approved by ${[...new Set(counts.flatMap(({ approvedBy }) => approvedBy))].join(', ')}`;
}

/** Every gate that a rollout meets at a moment, open and closed. */
export function gatesOf(rollout: Rollout, moment: GateMoment, look: GateLook): readonly Gate[] {
  const rules = rollout.plan.gates ?? NO_GATE_RULES;
  if (rules.isExempt === true || rollout.lane === 'undo') return [];
  const seen = [
    ...windowGates(rules.windows, 'of the file', look.now),
    ...earlierWindows(rules).flatMap((windows, index) =>
      windowGates(windows, `of the release before${index === 0 ? '' : ` (${index + 1})`}`, look.now),
    ),
    ...observedGates(look),
  ].filter(({ holds }) => moment === 'start' || holds === 'everything');
  const gates = [...(moment === 'start' ? approvalGates(rollout, look) : []), ...passed(rollout, seen, look)];
  return rollout.glass === undefined
    ? gates
    : gates.map((gate) => ({ ...gate, isOpen: true, opensAt: null }));
}

const earlierWindows = ({ earlierWindows: stable = [], earlier = [] }: GateRules) =>
  [stable, ...earlier.map(({ windows }) => windows)].filter(({ length }) => length > 0);

/** The gates that keep a rollout from what it is about to do. */
export const closedGates = (rollout: Rollout, moment: GateMoment, look: GateLook): readonly Gate[] =>
  gatesOf(rollout, moment, look).filter(({ isOpen }) => !isOpen);

/** Closed gates as one sentence. */
export const gatesWords = (gates: readonly Gate[]): string => gates.map(gateWords).join('; ');

/** Tells one set of closed gates from another; what changes within one, such as a number of votes, does not. */
export const gatesKey = (gates: readonly Gate[]): string =>
  gates
    .map(({ kind, name }) => `${kind} ${name}`)
    .toSorted()
    .join('\n');

function approvalGates(rollout: Rollout, look: GateLook): readonly Gate[] {
  return approvalCounts(rollout, null, look).map((count, index) => approvalGate(count, `${index + 1}`));
}

const approvalGate = ({ granted, words }: VoteCount, name: string): Gate => ({
  kind: 'approval',
  name,
  isOpen: granted,
  words,
  opensAt: null,
  holds: 'starts',
});

function observedGates({ gates }: GateLook): readonly Gate[] {
  if (gates === undefined) return [];
  if (gates.kind === 'observed') return gates.gates;
  const words = `what freezes and windows there are, which cannot be read: ${gates.message}`;
  return [{ kind: 'unknown', name: 'store', isOpen: false, words, opensAt: null, holds: 'everything' }];
}

/** A hot-fix mends what burns, so that budgets do not hold it; what people have closed it passes with one approval more. */
function passed(rollout: Rollout, gates: readonly Gate[], look: GateLook): readonly Gate[] {
  const { hotfix, approvals } = rollout.plan.gates ?? NO_GATE_RULES;
  if (rollout.lane !== 'hotfix' || hotfix === 'wait') return gates;
  const lenient = gates.map((gate) => (gate.kind === 'error-budget' ? opened(gate) : gate));
  const closed = lenient.filter(({ isOpen, kind }) => !isOpen && kind !== 'unknown');
  if (closed.length === 0) return lenient;
  const [first] = approvals;
  const extra = { ...(first ?? ANYBODY), needed: (first?.needed ?? 0) + 1 };
  const [count] = approvalCounts(rollout, null, look, [extra]);
  const isPassed = hotfix === 'pass' || (count?.granted ?? false);
  if (isPassed) return lenient.map((gate) => (gate.kind === 'unknown' ? gate : opened(gate)));
  const more = `, or ${count?.words ?? 'an approval'}, with which a hot-fix passes`;
  return lenient.map((gate) => (closed.includes(gate) ? { ...gate, words: gate.words + more } : gate));
}

const opened = (gate: Gate): Gate => ({ ...gate, isOpen: true, opensAt: null });

/** For the extra approval of a hot-fix where no release has to be approved. */
const ANYBODY: ApprovalRule = { needed: 0, of: [], selfApproval: 'refused', expiresMs: 86_400_000 };
