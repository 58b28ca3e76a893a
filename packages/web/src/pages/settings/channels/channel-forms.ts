/**
 * Purpose: the forms of channels, one for each kind, and the way from what was typed to settings and back.
 *
 * Everything in a form is a text: a list has one entry a line, a reference to a secret is `secret:NAME`, `env:NAME` or
 * `file:PATH`. What may be left out is left out when it is empty.
 */
import { channelSettingsSchema } from '@sluice/protocol/channels/channel-settings.ts';
import { claimsOf } from '../claims-of.ts';

/** The kinds of channels. */
export type ChannelKind = keyof typeof CHANNEL_FORMS;

/** How a setting is asked for. */
export interface ChannelField {
  readonly key: string;
  readonly label: string;
  readonly type:
    | 'text'
    | 'number'
    | 'secret'
    | 'secrets'
    | 'lines'
    | 'pairs'
    | 'switch'
    | 'choice'
    | 'several';
  /** Of `choice` and `several`. */
  readonly choices?: readonly string[];
  /** Shown before anything is typed. */
  readonly example?: string;
  /** Where the form begins; empty without. */
  readonly first?: string;
}

interface ChannelForm {
  readonly label: string;
  readonly fields: readonly ChannelField[];
}

/** Form by kind, the fields that everybody needs first. */
export const CHANNEL_FORMS = {
  slack: {
    label: 'Slack',
    fields: [
      { key: 'webhook', label: 'Incoming webhook', type: 'secret' },
      { key: 'token', label: 'Bot token', type: 'secret' },
      { key: 'channel', label: 'Channel', type: 'text', example: 'C024BE91L' },
      { key: 'signingSecret', label: 'Signing secret', type: 'secret' },
      { key: 'members', label: 'Who is who', type: 'pairs', example: 'U024BE7LH: person:ada@example.com' },
      { key: 'api', label: 'Web API', type: 'text', example: 'https://slack.com/api/' },
    ],
  },
  teams: {
    label: 'Microsoft Teams',
    fields: [{ key: 'webhook', label: 'Address of the workflow', type: 'secret' }],
  },
  discord: {
    label: 'Discord',
    fields: [
      { key: 'webhook', label: 'Address of the webhook', type: 'secret' },
      { key: 'thread', label: 'Thread', type: 'text' },
    ],
  },
  email: {
    label: 'Mail',
    fields: [
      { key: 'to', label: 'To', type: 'lines', example: 'team@example.com' },
      { key: 'from', label: 'From', type: 'text', example: 'sluice@example.com' },
      { key: 'server', label: 'Server', type: 'text', example: 'smtp.example.com' },
      { key: 'port', label: 'Port', type: 'number' },
      {
        ...{ key: 'security', label: 'Encryption', type: 'choice' },
        ...{ choices: ['starttls', 'tls', 'none'], first: 'starttls' },
      },
      { key: 'user', label: 'User', type: 'text' },
      { key: 'password', label: 'Password', type: 'secret' },
      { key: 'ca', label: 'Authority', type: 'secret' },
    ],
  },
  pagerduty: {
    label: 'PagerDuty',
    fields: [
      { key: 'routingKey', label: 'Integration key', type: 'secret' },
      {
        ...{ key: 'alertFrom', label: 'Alert from', type: 'choice' },
        ...{ choices: ['notice', 'warning', 'critical'], first: 'warning' },
      },
      {
        ...{ key: 'alertPer', label: 'One alert for each', type: 'choice' },
        ...{ choices: ['rollout', 'track'], first: 'rollout' },
      },
      { key: 'changes', label: 'Send beginnings and ends as change events', type: 'switch', first: 'yes' },
      { key: 'url', label: 'Events API', type: 'text', example: 'https://events.pagerduty.com' },
    ],
  },
  webhook: {
    label: 'Webhook',
    fields: [
      { key: 'url', label: 'Address', type: 'text', example: 'https://example.com/hooks/sluice' },
      { key: 'secrets', label: 'Signing secret', type: 'secrets' },
    ],
  },
  jira: {
    label: 'Jira',
    fields: [
      { key: 'site', label: 'Site', type: 'text', example: 'https://acme.atlassian.net' },
      {
        ...{ key: 'edition', label: 'Edition', type: 'choice' },
        ...{ choices: ['cloud', 'data-center'], first: 'cloud' },
      },
      { key: 'email', label: 'Mail address', type: 'text', example: 'bot@acme.com' },
      { key: 'token', label: 'Token', type: 'secret' },
      { key: 'projects', label: 'Projects', type: 'lines', example: 'SHOP' },
    ],
  },
  github: {
    label: 'GitHub',
    fields: [
      { key: 'repositories', label: 'Repositories', type: 'lines', example: 'acme/shop' },
      { key: 'token', label: 'Token', type: 'secret' },
      {
        ...{ key: 'send', label: 'Send', type: 'several' },
        ...{ choices: ['deployment', 'status', 'check'], first: 'deployment,status' },
      },
      { key: 'api', label: 'API', type: 'text', example: 'https://api.github.com' },
    ],
  },
  gitlab: {
    label: 'GitLab',
    fields: [
      { key: 'projects', label: 'Projects', type: 'lines', example: 'acme/shop' },
      { key: 'token', label: 'Token', type: 'secret' },
      {
        ...{ key: 'send', label: 'Send', type: 'several' },
        ...{ choices: ['deployment', 'status'], first: 'deployment,status' },
      },
      { key: 'site', label: 'Site', type: 'text', example: 'https://gitlab.com' },
    ],
  },
} as const satisfies Readonly<Record<string, ChannelForm>>;

/** What stands in the fields of a form, by their keys. */
export type FormTexts = Readonly<Record<string, string>>;

/** The fields of a kind. */
export const fieldsOf = (kind: ChannelKind): readonly ChannelField[] => CHANNEL_FORMS[kind].fields;

/** A form that nobody has filled in. */
export const firstTexts = (kind: ChannelKind): FormTexts =>
  Object.fromEntries(fieldsOf(kind).map(({ key, first = '' }) => [key, first]));

const schemas = new Map<string, { readonly shape: object }>(
  channelSettingsSchema.options.map((option) => [option.shape.kind.value, option]),
);

/** What the API says of a setting, and whether it may be left out. */
export function settingFacts(
  kind: ChannelKind,
  key: string,
): { readonly hint: string; readonly isOptional: boolean } {
  const shape = schemas.get(kind)?.shape as Readonly<Record<string, SettingSchema>> | undefined;
  const schema = shape?.[key];
  const isOptional = schema?.safeParse(undefined).success ?? false;
  return { hint: schema?.description ?? '', isOptional };
}

interface SettingSchema {
  readonly description?: string | undefined;
  safeParse(value: unknown): { readonly success: boolean };
}

/** What was typed as settings of a channel; the API judges them. */
export function settingsOfTexts(kind: ChannelKind, texts: FormTexts): Readonly<Record<string, unknown>> {
  const given = fieldsOf(kind).flatMap((field) => {
    const text = (texts[field.key] ?? '').trim();
    const isEmpty = /^((secret|env|file):)?$/.test(text);
    return isEmpty && field.type !== 'switch' ? [] : [[field.key, valueOf(field, text)] as const];
  });
  return { kind, ...Object.fromEntries(given) };
}

function valueOf({ type, key }: ChannelField, text: string): unknown {
  if (type === 'number') return Number(text);
  if (type === 'switch') return text === 'yes';
  if (type === 'lines') return linesOf(text);
  if (type === 'several') return text.split(',');
  if (type === 'pairs') return claimsOf(text);
  if (type === 'secrets') return linesOf(text).map(referenceOf);
  // The address of a webhook may be a secret itself.
  return type === 'secret' || (key === 'url' && /^(secret|env|file):/.test(text)) ? referenceOf(text) : text;
}

const linesOf = (text: string): readonly string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

function referenceOf(text: string): Readonly<Record<string, string>> {
  const [, where = 'secret', name = text] = /^(secret|env|file):(.*)$/s.exec(text) ?? [];
  return { [where]: name.trim() };
}

/** Settings as they stand in the fields; an address of which the API keeps a part to itself has to be given anew. */
export function textsOfSettings(kind: ChannelKind, settings: Readonly<Record<string, unknown>>): FormTexts {
  return Object.fromEntries(fieldsOf(kind).map(({ key, type }) => [key, textOf(type, settings[key])]));
}

function textOf(type: ChannelField['type'], value: unknown): string {
  if (value === undefined || value === null) return '';
  if (type === 'switch') return value === true ? 'yes' : '';
  if (Array.isArray(value))
    return value.map((one) => textOf('text', one)).join(type === 'several' ? ',' : '\n');
  if (typeof value === 'object') {
    const separator = type === 'pairs' ? ': ' : ':';
    return Object.entries(value)
      .map(([name, text]) => `${name}${separator}${String(text)}`)
      .join('\n');
  }
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text !== 'string' || text.endsWith('?…') ? '' : text;
}
