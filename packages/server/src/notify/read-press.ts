import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '@sluice/core/kernel/instant.ts';

/** A request as it came, before anybody believed it. */
export interface SlackRequest {
  /** The body, byte by byte as it was sent. */
  readonly body: string;
  /** `X-Slack-Request-Timestamp`. */
  readonly timestamp: string | undefined;
  /** `X-Slack-Signature`. */
  readonly signature: string | undefined;
}

/** Older and newer requests are not believed, in ms: the window that Slack recommends. */
const WINDOW_MS = 300_000;

/** Whether a request is Slack's, by its signature v0 (docs.slack.dev, "Verifying requests from Slack"). */
export function isSlacks(
  { body, timestamp, signature }: SlackRequest,
  secret: string,
  now: Instant,
): boolean {
  if (timestamp === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp) * 1_000) > WINDOW_MS) return false;
  const expected = Buffer.from(
    `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`,
  );
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Somebody has pressed a button of ours. */
export interface Press {
  readonly decision: 'approve' | 'reject';
  readonly rollout: string;
  /** The Slack user, `U024BE7LH`. */
  readonly user: string;
  /** Where an answer that only they see can be sent; null when Slack gave none. */
  readonly responseUrl: string | null;
}

/** Reads what was pressed; null for everything that is none of our buttons that vote. */
export function readPress(body: string): Press | null {
  const payload = objectIn(new URLSearchParams(body).get('payload') ?? '');
  if (payload?.['type'] !== 'block_actions') return null;
  const { user, actions, response_url: responseUrl } = payload;
  const action = Array.isArray(actions) ? (actions[0] as unknown) : null;
  const { action_id: id, value } = Object(action) as {
    readonly action_id?: unknown;
    readonly value?: unknown;
  };
  const decision = id === 'sluice-approve' ? 'approve' : id === 'sluice-reject' ? 'reject' : null;
  const { id: userId } = Object(user) as { readonly id?: unknown };
  if (decision === null || typeof value !== 'string' || typeof userId !== 'string') return null;
  if (!/^[A-Za-z0-9-]{1,100}$/.test(value) || !/^[UW][A-Z0-9]{1,30}$/.test(userId)) return null;
  return {
    decision,
    rollout: value,
    user: userId,
    responseUrl: typeof responseUrl === 'string' ? responseUrl : null,
  };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
