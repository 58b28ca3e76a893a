/**
 * Purpose: the Events API v2 of PagerDuty on this machine, by PagerDuty/developer-docs (docs/events-API-v2: overview, trigger events,
 * change events): required fields, lengths, 512 KB, 202 for what is taken, and what becomes of alerts with the same key.
 */
import { schemaFault } from './check-schema.ts';
import { startProviderServer } from './provider-server.ts';
import type { Provider } from './provider-subject.ts';

const ROUTING_KEY = { type: 'string', pattern: '^[A-Za-z0-9]{32}$' };
const DEDUP_KEY = { type: 'string', minLength: 1, maxLength: 255 };
const SUMMARY = { type: 'string', minLength: 1, maxLength: 1_024 };
const LINKS = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['href'],
    properties: { href: { type: 'string', format: 'uri' }, text: { type: 'string' } },
  },
};
const DETAILS = { type: 'object' };
const TRIGGER = {
  type: 'object',
  additionalProperties: false,
  required: ['routing_key', 'event_action', 'payload'],
  properties: {
    routing_key: ROUTING_KEY,
    event_action: { const: 'trigger' },
    dedup_key: DEDUP_KEY,
    client: { type: 'string' },
    client_url: { type: 'string', format: 'uri' },
    links: LINKS,
    payload: {
      type: 'object',
      additionalProperties: false,
      required: ['summary', 'source', 'severity'],
      properties: {
        summary: SUMMARY,
        source: { type: 'string', minLength: 1 },
        severity: { enum: ['critical', 'error', 'warning', 'info'] },
        timestamp: { type: 'string', format: 'date-time' },
        component: { type: 'string' },
        group: { type: 'string' },
        class: { type: 'string' },
        custom_details: DETAILS,
      },
    },
  },
};
const SETTLE = {
  type: 'object',
  additionalProperties: false,
  required: ['routing_key', 'event_action', 'dedup_key'],
  properties: {
    routing_key: ROUTING_KEY,
    event_action: { enum: ['acknowledge', 'resolve'] },
    dedup_key: DEDUP_KEY,
  },
};
const CHANGE = {
  type: 'object',
  additionalProperties: false,
  required: ['routing_key', 'payload'],
  properties: {
    routing_key: ROUTING_KEY,
    links: LINKS,
    payload: {
      type: 'object',
      additionalProperties: false,
      required: ['summary'],
      properties: {
        summary: SUMMARY,
        source: { type: 'string' },
        timestamp: { type: 'string', format: 'date-time' },
        custom_details: DETAILS,
      },
    },
  },
};
const MOST_BYTES = 512 * 1024;

/** PagerDuty on this machine. */
export interface PagerdutyProvider extends Provider {
  /** What has become of each alert, by its key. */
  readonly alerts: ReadonlyMap<string, 'triggered' | 'acknowledged' | 'resolved'>;
}

/** For tests: starts a PagerDuty that takes events with this routing key. */
export async function startPagerdutyProvider(routingKey: string): Promise<PagerdutyProvider> {
  const taken: string[] = [];
  const faults: string[] = [];
  const alerts = new Map<string, 'triggered' | 'acknowledged' | 'resolved'>();
  const server = await startProviderServer(({ method, path, body, headers }) => {
    const event = JSON.parse(body) as SeenEvent;
    const schema =
      path === '/v2/change/enqueue' ? CHANGE : event.event_action === 'trigger' ? TRIGGER : SETTLE;
    const known = method === 'POST' && (path === '/v2/enqueue' || path === '/v2/change/enqueue');
    const fault = known ? schemaFault(schema, event) : `${method} ${path}`;
    if (fault !== null) faults.push(fault);
    if (headers['content-type'] !== 'application/json') faults.push('content type');
    if (Buffer.byteLength(body) > MOST_BYTES) faults.push('too large');
    if (fault !== null || event.routing_key !== routingKey)
      return {
        status: 400,
        json: { status: 'invalid event', message: 'Event object is invalid', errors: [fault] },
      };
    const { dedup_key: key } = event;
    if (key !== undefined) {
      // What is acknowledged or resolved is dropped when no alert is open.
      const open = alerts.get(key) === 'triggered' || alerts.get(key) === 'acknowledged';
      if (event.event_action === 'trigger')
        alerts.set(key, open ? (alerts.get(key) ?? 'triggered') : 'triggered');
      else if (open) alerts.set(key, event.event_action === 'resolve' ? 'resolved' : 'acknowledged');
    }
    taken.push(seenOf(event));
    return { status: 202, json: { status: 'success', message: 'Event processed', dedup_key: key } };
  });
  return { server, taken, faults, alerts };
}

interface SeenEvent {
  readonly routing_key: string;
  readonly event_action?: 'trigger' | 'acknowledge' | 'resolve';
  readonly dedup_key?: string;
  readonly links?: readonly { readonly href: string }[];
  readonly payload?: {
    readonly summary: string;
    readonly severity?: string;
    readonly custom_details: Readonly<Record<string, string>>;
  };
}

/** What those on call see. */
function seenOf({ event_action: action, dedup_key: key, payload, links }: SeenEvent): string {
  if (!payload) return `${action} ${key}`;
  const details = Object.entries(payload.custom_details).map(([name, value]) => `${name}: ${value}`);
  const first = action ? `${action} ${key} (${payload.severity})` : 'change';
  return [first, payload.summary, ...details, ...(links ?? []).map(({ href }) => href)].join('\n');
}
