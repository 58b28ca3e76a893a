/**
 * Purpose: a workflow of Microsoft Teams on this machine, by learn.microsoft.com ("Create incoming webhooks with Workflows") and by
 * the JSON schema of Adaptive Cards 1.4 (microsoft/AdaptiveCards, schemas/1.4.0), narrowed to the elements that cards of ours have.
 */
import { schemaFault } from './check-schema.ts';
import { startProviderServer } from './provider-server.ts';
import type { Provider } from './provider-subject.ts';

/** A message is 28 KB at most, all of it. */
const MOST_BYTES = 28 * 1024;

const TEXT_RUN = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'text'],
  properties: {
    type: { const: 'TextRun' },
    text: { type: 'string', minLength: 1 },
    weight: { enum: ['Default', 'Lighter', 'Bolder'] },
    size: { enum: ['Default', 'Small', 'Medium', 'Large', 'ExtraLarge'] },
    isSubtle: { type: 'boolean' },
  },
};
const RICH_TEXT = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'inlines'],
  properties: {
    type: { const: 'RichTextBlock' },
    spacing: { enum: ['Default', 'None', 'Small', 'Medium', 'Large', 'ExtraLarge', 'Padding'] },
    inlines: { type: 'array', minItems: 1, items: TEXT_RUN },
  },
};
const CONTAINER = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'items'],
  properties: {
    type: { const: 'Container' },
    style: { enum: ['default', 'emphasis', 'good', 'attention', 'warning', 'accent'] },
    bleed: { type: 'boolean' },
    separator: { type: 'boolean' },
    items: { type: 'array', minItems: 1, items: RICH_TEXT },
  },
};
const CARD = {
  type: 'object',
  additionalProperties: false,
  required: ['$schema', 'type', 'version', 'body'],
  properties: {
    $schema: { const: 'http://adaptivecards.io/schemas/adaptive-card.json' },
    type: { const: 'AdaptiveCard' },
    version: { const: '1.4' },
    msteams: { type: 'object', additionalProperties: false, properties: { width: { const: 'Full' } } },
    body: { type: 'array', minItems: 1, items: { oneOf: [CONTAINER, RICH_TEXT] } },
    actions: {
      type: 'array',
      maxItems: 6,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['type', 'title', 'url'],
        properties: {
          type: { const: 'Action.OpenUrl' },
          title: { type: 'string', minLength: 1 },
          url: { type: 'string', format: 'uri' },
        },
      },
    },
  },
};
const MESSAGE = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'attachments'],
  properties: {
    type: { const: 'message' },
    attachments: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['contentType', 'content'],
        properties: {
          contentType: { const: 'application/vnd.microsoft.card.adaptive' },
          contentUrl: { type: 'null' },
          content: CARD,
        },
      },
    },
  },
};

/** The path and query of a workflow; `sig` is its secret. */
export const teamsPath = (signature: string): string =>
  `/workflows/5f0d7a3c8a53/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${signature}`;

/** For tests: starts a workflow that takes messages with this signature. */
export async function startTeamsProvider(signature: string): Promise<Provider> {
  const taken: string[] = [];
  const faults: string[] = [];
  const server = await startProviderServer(({ method, path, query, headers, body }) => {
    if (query.get('sig') !== signature || !path.startsWith('/workflows/'))
      return { status: 401, json: { error: { code: 'DirectApiAuthorizationRequired' } } };
    if (method !== 'POST' || headers['content-type'] !== 'application/json') return { status: 400, text: '' };
    const message: unknown = JSON.parse(body);
    const fault = schemaFault(MESSAGE, message);
    if (Buffer.byteLength(body) > MOST_BYTES) faults.push(`${Buffer.byteLength(body)} bytes`);
    if (fault !== null) faults.push(fault);
    if (fault !== null) return { status: 400, json: { error: { code: 'InvalidCard', message: fault } } };
    taken.push(seenOf(message as { attachments: [{ content: SeenCard }] }));
    return { status: 202, text: '' };
  });
  return { server, taken, faults };
}

interface SeenElement {
  readonly items?: readonly SeenElement[];
  readonly inlines?: readonly { readonly text: string }[];
}

interface SeenCard {
  readonly body: readonly SeenElement[];
  readonly actions?: readonly { readonly title: string; readonly url: string }[];
}

/** What a person sees on the card. */
function seenOf({ attachments: [{ content }] }: { attachments: [{ content: SeenCard }] }): string {
  const textOf = ({ items, inlines }: SeenElement): string =>
    items ? items.map(textOf).join('\n') : (inlines ?? []).map(({ text }) => text).join('');
  const buttons = (content.actions ?? []).map(({ title, url }) => `[ ${title} ] ${url}`);
  return [...content.body.map(textOf), ...buttons].join('\n\n');
}
