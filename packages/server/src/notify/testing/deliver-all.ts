import type { Notice } from '@sluice/core/notify/notice.ts';
import { guardedOutgoing } from '../../outgoing/guarded-outgoing.ts';
import { parseOutgoingRules } from '../../outgoing/outgoing-rules.ts';
import type { Channel, Delivered } from '../channel.ts';

/** For tests: tells notices one after another through the guard, each with what the first one answered as reference. */
export async function deliverAll(
  channel: Channel,
  notices: readonly Notice[],
): Promise<readonly Delivered[]> {
  const rules = parseOutgoingRules('127.0.0.0/8');
  const outgoing = guardedOutgoing(rules.ok ? rules.value : []);
  const delivered: Delivered[] = [];
  try {
    for (const notice of notices) {
      const earlier = notice.earlier ?? referenceOf(delivered);
      const { fetch, connect } = outgoing;
      const signal = AbortSignal.timeout(10_000);
      delivered.push(await channel.deliver({ ...notice, earlier }, { fetch, connect, signal }));
    }
    return delivered;
  } finally {
    await outgoing.close();
  }
}

/** What the caller of channels keeps of a rollout: the first reference that was answered. */
const referenceOf = (delivered: readonly Delivered[]): string | null =>
  delivered.flatMap((one) => (one.ok && one.reference !== null ? [one.reference] : []))[0] ?? null;
