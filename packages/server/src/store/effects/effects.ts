import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** An order to the world. */
export interface EffectRecord {
  /** The idempotency key: the same key always orders the same thing. */
  readonly id: string;
  readonly kind: string;
  /** Opaque JSON. */
  readonly body: unknown;
  readonly orderedAt: Instant;
}

/**
 * Records effects. One that was ordered before is left as it was, if it is the same.
 * @throws SluiceError `conflict` when a key was used for something else: it would be done twice with different content
 */
export async function recordEffects(
  db: Database,
  tenant: string,
  order: {
    readonly trackId: TrackId;
    readonly generation: number;
    readonly effects: readonly EffectRecord[];
  },
): Promise<void> {
  if (order.effects.length === 0) return;
  const { trackId, generation, effects } = order;
  const inserted = await db
    .insertInto('effects')
    .values(
      effects.map(({ id, kind, body, orderedAt }) => ({
        tenant,
        id,
        track_id: trackId,
        generation,
        kind,
        body: storedJson(body),
        ordered_at: storedInstant(orderedAt),
      })),
    )
    .onConflict((conflict) => conflict.columns(['tenant', 'id']).doNothing())
    .returning('id')
    .execute();
  if (inserted.length < effects.length) await refuseDifferentContent(db, tenant, order);
}

async function refuseDifferentContent(
  db: Database,
  tenant: string,
  { trackId, effects }: { readonly trackId: TrackId; readonly effects: readonly EffectRecord[] },
): Promise<void> {
  const ids = effects.map(({ id }) => id);
  const recorded = await db
    .selectFrom('effects')
    .select(['id', 'track_id as trackId', 'kind', 'body'])
    .where('tenant', '=', tenant)
    .where('id', 'in', ids)
    .execute();
  const contents = new Map(recorded.map((effect) => [effect.id, contentOf(effect.trackId, effect)]));
  const different = effects.find((effect) => contents.get(effect.id) !== contentOf(trackId, effect));
  if (different === undefined) return;
  throw new SluiceError(
    'conflict',
    `Committing ${trackId} failed: the effect ${different.id} was ordered before with other content. This is a defect; please report it.`,
    { next: 'stop' },
  );
}

function contentOf(trackId: TrackId, { kind, body }: Pick<EffectRecord, 'kind' | 'body'>): string {
  return canonicalJson({ trackId, kind, body: JSON.parse(storedJson(body)) });
}
