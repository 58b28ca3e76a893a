import type { Delivered } from '../../channel.ts';
import { notDelivered } from '../http-delivery.ts';
import { oneLine } from '../wording/plain-words.ts';

/** An attempt that came to nothing. */
export type DeliveryFailure = Extract<Delivered, { ok: false }>;

/** What may be done after a failure; without it nothing, until a person has mended what is wrong. */
export interface AfterFailure {
  readonly retry?: boolean;
  readonly retryAfterMs?: number | null;
  readonly gone?: boolean;
}

/** A failure in one sentence without line breaks. */
export function failed(
  message: string,
  { retry = false, retryAfterMs = null, gone = false }: AfterFailure = {},
): DeliveryFailure {
  return { ...notDelivered(oneLine(message), { retry, retryAfterMs }), ...(gone ? { gone } : {}) };
}
