/**
 * Purpose: Slack on this machine: `chat.postMessage`, `chat.update` and incoming webhooks, by docs.slack.dev (reference of the
 * methods, of Block Kit's blocks and of the button element, as of November 2026).
 */
import { schemaFault } from './check-schema.ts';
import { type ProviderAnswer, type ReceivedRequest, startProviderServer } from './provider-server.ts';
import type { Provider } from './provider-subject.ts';

/** Of a text object in `plain_text`. */
const plainText = (maxLength: number) => ({
  type: 'object',
  additionalProperties: false,
  required: ['type', 'text'],
  properties: {
    type: { const: 'plain_text' },
    text: { type: 'string', minLength: 1, maxLength },
    emoji: { type: 'boolean' },
  },
});
const BUTTON = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'text', 'action_id'],
  properties: {
    type: { const: 'button' },
    text: plainText(75),
    action_id: { type: 'string', minLength: 1, maxLength: 255 },
    value: { type: 'string', maxLength: 2_000 },
    url: { type: 'string', format: 'uri', maxLength: 3_000 },
    style: { enum: ['primary', 'danger'] },
  },
};
const block = (type: string, required: readonly string[], properties: object) => ({
  type: 'object',
  additionalProperties: false,
  required: ['type', ...required],
  properties: { type: { const: type }, block_id: { type: 'string', maxLength: 255 }, ...properties },
});
const BLOCKS = {
  type: 'array',
  minItems: 1,
  maxItems: 50,
  items: {
    oneOf: [
      block('header', ['text'], { text: plainText(150) }),
      block('section', ['text'], { text: plainText(3_000) }),
      block('context', ['elements'], {
        elements: { type: 'array', minItems: 1, maxItems: 10, items: plainText(3_000) },
      }),
      block('actions', ['elements'], {
        elements: { type: 'array', minItems: 1, maxItems: 25, items: BUTTON },
      }),
    ],
  },
};
const TEXT = { type: 'string', minLength: 1, maxLength: 4_000 };
const POST_MESSAGE = {
  type: 'object',
  additionalProperties: false,
  required: ['channel', 'text', 'blocks'],
  properties: {
    channel: { type: 'string', minLength: 1 },
    text: TEXT,
    blocks: BLOCKS,
    thread_ts: { type: 'string', pattern: '^\\d{10}\\.\\d{6}$' },
    reply_broadcast: { const: 'true' },
    unfurl_links: { const: 'false' },
    unfurl_media: { const: 'false' },
  },
};
const UPDATE = {
  type: 'object',
  additionalProperties: false,
  required: ['channel', 'ts', 'text', 'blocks'],
  properties: {
    channel: { type: 'string', pattern: '^[CGD][A-Z0-9]+$' },
    ts: { type: 'string', pattern: '^\\d{10}\\.\\d{6}$' },
    text: TEXT,
    blocks: BLOCKS,
  },
};
const INCOMING = {
  type: 'object',
  additionalProperties: false,
  required: ['text', 'blocks'],
  properties: { text: TEXT, blocks: BLOCKS },
};

/** A message as it stands in the channel. */
export interface SlackPost {
  readonly ts: string;
  /** In whose thread it stands. */
  readonly thread: string | null;
  readonly broadcast: boolean;
  /** As a reader sees it; what was changed later is seen as it is now. */
  seen: string;
}

/** Slack on this machine. */
export interface SlackProvider extends Provider {
  readonly posts: readonly SlackPost[];
  /** Takes a message away, as a person would. */
  remove(ts: string): void;
}

/** For tests: starts a Slack that takes messages with this token, and at `/services/T/B/<webhook>`. */
export async function startSlackProvider({
  token,
  webhook,
}: {
  readonly token: string;
  readonly webhook: string;
}): Promise<SlackProvider> {
  const taken: string[] = [];
  const faults: string[] = [];
  const posts: SlackPost[] = [];
  const checked = (schema: object, value: unknown): boolean => {
    const fault = schemaFault(schema, value);
    if (fault !== null) faults.push(fault);
    return fault === null;
  };
  const callApi = (request: ReceivedRequest): ProviderAnswer => {
    if (request.headers.authorization !== `Bearer ${token}`) return refusedWith('invalid_auth');
    const form = formOf(request);
    if (request.path === '/api/chat.update') {
      if (!checked(UPDATE, form)) return refusedWith('invalid_arguments');
      const changed = posts.find(({ ts }) => ts === form['ts']);
      if (!changed) return refusedWith('message_not_found');
      changed.seen = seenOf(form);
      return { status: 200, json: { ok: true, channel: CHANNEL, ts: changed.ts } };
    }
    if (request.path !== '/api/chat.postMessage') return refusedWith('unknown_method');
    if (!checked(POST_MESSAGE, form)) return refusedWith('invalid_blocks');
    const thread = typeof form['thread_ts'] === 'string' ? form['thread_ts'] : null;
    const ts = `${1_790_000_000 + posts.length}.000100`;
    posts.push({ ts, thread, broadcast: 'reply_broadcast' in form, seen: seenOf(form) });
    taken.push(seenOf(form));
    return { status: 200, json: { ok: true, channel: CHANNEL, ts, message: {} } };
  };
  const server = await startProviderServer((request) => {
    if (!request.path.startsWith('/services/')) return callApi(request);
    if (request.path !== `/services/T024/B024/${webhook}`) return { status: 403, text: 'invalid_token' };
    const message: unknown = JSON.parse(request.body);
    if (!checked(INCOMING, message)) return { status: 400, text: 'invalid_payload' };
    taken.push(seenOf(message as object));
    return { status: 200, text: 'ok' };
  });
  const remove = (ts: string) =>
    void posts.splice(
      posts.findIndex((post) => post.ts === ts),
      1,
    );
  return { server, taken, faults, posts, remove };
}

const CHANNEL = 'C024BE91L';

/** The Web API says what it refuses with 200. */
const refusedWith = (error: string): ProviderAnswer => ({ status: 200, json: { ok: false, error } });

/** The arguments of a call, as the client of Slack encodes them: structures are JSON in a form. */
function formOf({ headers, body }: ReceivedRequest): Record<string, unknown> {
  if (headers['content-type'] !== 'application/x-www-form-urlencoded') return {};
  const form: Record<string, unknown> = Object.fromEntries(new URLSearchParams(body));
  if (typeof form['blocks'] === 'string') form['blocks'] = JSON.parse(form['blocks']);
  return form;
}

/** What a person sees in Slack, with what a notification shows before it: escaped still, as harm would show there. */
function seenOf(message: object): string {
  const { text, blocks } = message as { text: string; blocks: readonly SeenBlock[] };
  const lines = blocks.flatMap((one) => {
    if (one.type === 'header' || one.type === 'section') return [one.text.text, ''];
    if (one.type === 'context') return [one.elements.map((element) => element.text).join(' · '), ''];
    return one.elements.map((button) => `[ ${button.text.text} ]${button.url ? ` ${button.url}` : ''}`);
  });
  return [`notification: ${text.split('\n')[0]}`, ...lines].join('\n');
}

type SeenBlock =
  | { readonly type: 'header'; readonly text: { readonly text: string } }
  | { readonly type: 'section'; readonly text: { readonly text: string } }
  | { readonly type: 'context'; readonly elements: readonly { readonly text: string }[] }
  | {
      readonly type: 'actions';
      readonly elements: readonly { readonly text: { readonly text: string }; readonly url?: string }[];
    };
