import { type ChannelSettings, channelSettingsSchema } from '@sluice/protocol/channels/channel-settings.ts';
import { z } from 'zod';
import { EXIT } from '../../exit-codes.ts';
import { type Outcome, refusal } from '../../refused.ts';

type Shape = Readonly<Record<string, z.ZodType>>;

/** The kinds of channels, as they can be added. */
export const CHANNEL_KINDS: readonly string[] = channelSettingsSchema.options.map(kindOf);

/**
 * Reads settings from `key=value` pairs by what the kind of channel wants: `env:NAME`, `file:PATH` and `secret:NAME` refer to secrets, a
 * key that may come several times makes a list, and what is more than a word is JSON.
 */
export function channelSettingsOf(kind: string, pairs: readonly string[]): Outcome<ChannelSettings> {
  const option = channelSettingsSchema.options.find((each) => kindOf(each) === kind);
  if (option === undefined)
    return wrong(`There is no kind of channel "${kind}".`, `The kinds are ${CHANNEL_KINDS.join(', ')}.`);
  const shape = option.shape as Shape;
  const given: Record<string, unknown> = { kind };
  for (const pair of pairs) {
    const [, key = '', text = ''] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    const field = shape[key];
    if (field === undefined || key === 'kind')
      return wrong(`"${key || pair}" is nothing that ${kind} knows.`, keysOf(kind, shape));
    given[key] = isList(field)
      ? [...((given[key] as unknown[] | undefined) ?? []), ...listOf(text)]
      : valueOf(field, text);
  }
  const parsed = channelSettingsSchema.safeParse(given);
  if (parsed.success) return { ok: true, value: parsed.data };
  const faults = parsed.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || kind}: ${message}`);
  return wrong(`These are no settings of ${kind}: ${faults.join('; ')}.`, keysOf(kind, shape));
}

function kindOf(option: (typeof channelSettingsSchema.options)[number]): string {
  return option.shape.kind.value;
}

/** What a field is, without its default and whether it may be left out. */
function bareField(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault || field instanceof z.ZodNullable)
    return bareField(field.unwrap() as z.ZodType);
  return field;
}

const isList = (field: z.ZodType): boolean => bareField(field) instanceof z.ZodArray;

const listOf = (text: string): readonly unknown[] => {
  const value = jsonOf(text);
  return Array.isArray(value) ? value : [referenceOf(text)];
};

function valueOf(field: z.ZodType, text: string): unknown {
  const bare = bareField(field);
  if (bare instanceof z.ZodNumber && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (bare instanceof z.ZodBoolean && /^(true|false)$/.test(text)) return text === 'true';
  return jsonOf(text) ?? referenceOf(text);
}

/** An object or a list; undefined for anything else. */
function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function referenceOf(text: string): unknown {
  const [, where, name] = /^(env|file|secret):(.+)$/s.exec(text) ?? [];
  return where === undefined ? text : { [where]: name };
}

function keysOf(kind: string, shape: Shape): string {
  const keys = Object.entries(shape).filter(([key]) => key !== 'kind');
  const needed = keys.filter(([, field]) => !field.safeParse(undefined).success).map(([key]) => key);
  const other = keys.map(([key]) => key).filter((key) => !needed.includes(key));
  const optional = other.length === 0 ? '' : ` and takes ${other.join(', ')}`;
  return `${kind} needs ${needed.join(', ') || 'nothing'}${optional}; write --set key=value, and env:NAME, file:PATH or secret:NAME for a secret.`;
}

const wrong = (detail: string, remedy: string): Outcome<never> =>
  refusal(EXIT.refusedInput, 'invalid-settings', { detail, remedy });
