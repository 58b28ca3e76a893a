import { namedSentence, type SubjectNames } from '@sluice/core/access/subject-words.ts';
import type { CommandContext } from '../command-context.ts';

/**
 * An answer for people to read: everybody in it goes by the name that people know. Scripts get the answer as it came. Where
 * the control plane does not tell names, subjects are put into words without them.
 */
export async function withNames<Value>(context: Pick<CommandContext, 'api'>, value: Value): Promise<Value> {
  const names = JSON.stringify(value).includes('person:') ? await namesKnown(context) : new Map();
  return named(value, names) as Value;
}

async function namesKnown(context: Pick<CommandContext, 'api'>): Promise<SubjectNames> {
  const reply = await (await context.api()).names();
  return new Map(reply.ok ? reply.value.items.map(({ subject, name }) => [subject, name]) : []);
}

function named(value: unknown, names: SubjectNames): unknown {
  if (typeof value === 'string') return namedSentence(value, names);
  if (Array.isArray(value)) return value.map((item) => named(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, named(part, names)]));
}
