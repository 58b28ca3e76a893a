/**
 * Purpose: webhooks of Discord on this machine, by discord/discord-api-docs (resources/webhook and resources/message: execute and edit
 * a webhook message, limits of embeds, allowed mentions; topics/opcodes-and-status-codes).
 */
import { schemaFault } from './check-schema.ts';
import { type ProviderAnswer, type ReceivedRequest, startProviderServer } from './provider-server.ts';
import type { Provider } from './provider-subject.ts';

const EMBED = {
  type: 'object',
  additionalProperties: false,
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 256 },
    description: { type: 'string', minLength: 1, maxLength: 4_096 },
    url: { type: 'string', format: 'uri' },
    color: { type: 'integer', minimum: 0, maximum: 0xffffff },
    timestamp: { type: 'string', format: 'date-time' },
    fields: {
      type: 'array',
      maxItems: 25,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'value'],
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 256 },
          value: { type: 'string', minLength: 1, maxLength: 1_024 },
          inline: { type: 'boolean' },
        },
      },
    },
  },
};
const EDIT = {
  type: 'object',
  additionalProperties: false,
  required: ['embeds', 'allowed_mentions'],
  properties: {
    embeds: { type: 'array', minItems: 1, maxItems: 10, items: EMBED },
    // Not Discord's rule but ours: without it, words of people would call everybody.
    allowed_mentions: {
      type: 'object',
      additionalProperties: false,
      required: ['parse'],
      properties: { parse: { type: 'array', maxItems: 0 } },
    },
  },
};
const EXECUTE = {
  ...EDIT,
  properties: {
    ...EDIT.properties,
    username: { type: 'string', pattern: '^(?!.*([Cc]lyde|[Dd]iscord)).{1,80}$' },
  },
};
/** Of all embeds of a message together. */
const MOST_CHARACTERS = 6_000;

/** Discord on this machine. */
export interface DiscordProvider extends Provider {
  /** Messages as they stand now, by their ids. */
  readonly messages: ReadonlyMap<string, string>;
  remove(id: string): void;
}

/** For tests: starts a Discord with one webhook, `/api/webhooks/223704706495545344/<token>`. */
export async function startDiscordProvider(token: string): Promise<DiscordProvider> {
  const taken: string[] = [];
  const faults: string[] = [];
  const messages = new Map<string, string>();
  const webhook = `/api/webhooks/223704706495545344/${token}`;
  const read = (schema: object, { body }: ReceivedRequest): string | null => {
    const message: unknown = JSON.parse(body);
    const fault = schemaFault(schema, message);
    if (fault !== null) {
      faults.push(fault);
      return null;
    }
    const seen = seenOf(message as SeenMessage);
    if (seen.length > MOST_CHARACTERS) faults.push(`${seen.length} characters`);
    return seen;
  };
  const server = await startProviderServer((request): ProviderAnswer => {
    const { method, path, query } = request;
    if (!path.startsWith(webhook)) return unknown(10_015, 'Unknown Webhook');
    if (method === 'POST' && path === webhook && query.get('wait') === 'true') {
      const seen = read(EXECUTE, request);
      if (seen === null) return { status: 400, json: { code: 50_035, message: 'Invalid Form Body' } };
      const id = `${1_440_000_000_000_000_000n + BigInt(messages.size)}`;
      messages.set(id, seen);
      taken.push(seen);
      return { status: 200, json: { id, type: 0 } };
    }
    const id = path.slice(`${webhook}/messages/`.length);
    if (method !== 'PATCH' || !messages.has(id)) return unknown(10_008, 'Unknown Message');
    const seen = read(EDIT, request);
    if (seen === null) return { status: 400, json: { code: 50_035, message: 'Invalid Form Body' } };
    messages.set(id, seen);
    return { status: 200, json: { id, type: 0 } };
  });
  return { server, taken, faults, messages, remove: (id) => void messages.delete(id) };
}

const unknown = (code: number, message: string): ProviderAnswer => ({ status: 404, json: { code, message } });

interface SeenMessage {
  readonly embeds: readonly [
    {
      readonly title: string;
      readonly description: string;
      readonly url?: string;
      readonly fields: readonly { readonly name: string; readonly value: string }[];
    },
  ];
}

/** What stands in the embed, escaped still: harm would show in what is not. */
function seenOf({ embeds: [{ title, description, url, fields }] }: SeenMessage): string {
  const facts = fields.map(({ name, value }) => `${name}: ${value}`);
  return [url ? `${title} → ${url}` : title, description, facts.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n');
}
