import type { Gate } from '../gates/gate.ts';
import { emit, type Draft } from './draft.ts';
import { closedGates, gatesKey, gatesWords, type GateMoment } from './gating.ts';
import type { Rollout } from './state.ts';

/** How often a rollout that waits before it begins is looked at, in ms; what people do to it is seen at once. */
const LOOK_AGAIN_MS = 5000;

/**
 * Whether a rollout that has not begun, or is to be promoted, has to wait; says so once for each set of gates, and once that
 * it goes on, which it does as the next move.
 */
export function waitsAtGates(draft: Draft, rollout: Rollout, moment: GateMoment): boolean {
  const { now } = draft.observation;
  const closed = closedGates(rollout, moment, draft.observation);
  if (closed.length === 0) {
    if (!rollout.waits) return false;
    emit(draft, { kind: 'gatesOpened', at: now });
    return true;
  }
  const key = gatesKey(closed);
  if (rollout.waits?.key !== key)
    emit(draft, { kind: 'gatesClosed', at: now, key, gates: closed.map(toldGate) });
  draft.waitingFor = gatesWords(closed);
  draft.gatesLookAt = Math.min(now + LOOK_AGAIN_MS, ...closed.flatMap(({ opensAt }) => opensAt ?? []));
  return true;
}

const toldGate = ({ kind, words, opensAt }: Gate): Pick<Gate, 'kind' | 'words' | 'opensAt'> => ({
  kind,
  words,
  opensAt,
});

/** Whether a gate keeps a running rollout from giving its candidate more; then it is held as it is. */
export function heldAtGate(draft: Draft, rollout: Rollout): boolean {
  const closed = closedGates(rollout, 'widen', draft.observation);
  if (closed.length === 0) return false;
  const reason = { kind: 'gate', detail: gatesWords(closed) } as const;
  emit(draft, { kind: 'rolloutHeld', at: draft.observation.now, reason });
  draft.waitingFor = reason.detail;
  return true;
}
