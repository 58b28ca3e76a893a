import type { ChannelView, SubscriptionView } from '@sluice/protocol/http/channels.ts';
import type { DeliveryView } from '@sluice/protocol/http/deliveries.ts';
import type { Space } from './space.ts';
import { aligned, table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { agoWords, momentWords, spanWords } from './words.ts';

const columnsOf = (titles: readonly string[]) => titles.map((title) => ({ title }));

/** Channels as a table. */
export function channelLines(channels: readonly ChannelView[], space: Space): readonly string[] {
  if (channels.length === 0) return ['There are no channels; `sluice channels add` adds one.'];
  const { style, columns, now } = space;
  const rows = channels.map((one) => [
    one.name,
    one.kind,
    channelState(one, space),
    String(one.waiting),
    String(one.dead),
    one.deliveredAt === null ? '-' : agoWords(one.deliveredAt, now),
  ]);
  const titles = ['CHANNEL', 'KIND', 'STATE', 'WAITING', 'DEAD', 'TOLD'];
  return table(columnsOf(titles), rows).map((line) => cutTo(line, columns, style.symbols.more));
}

function channelState(
  { disabledReason, failedAt, deliveredAt }: ChannelView,
  { style: { paint } }: Space,
): string {
  if (disabledReason !== null) return paint('bad', 'switched off');
  if (failedAt !== null && failedAt > (deliveredAt ?? 0)) return paint('warn', 'fails');
  return deliveredAt === null ? 'never told' : paint('good', 'well');
}

/** One channel: where it leads, and how it is with its receiver. */
export function channelDetailLines(one: ChannelView, space: Space): readonly string[] {
  const settings = Object.entries(one.settings).filter(([key]) => key !== 'kind');
  return detail([
    ['channel', one.name],
    ['kind', one.kind],
    ['state', channelState(one, space)],
    ...(one.disabledReason === null ? [] : [['because', harmless(one.disabledReason)]]),
    ...settings.map(([key, value]) => [key, harmless(shown(value))]),
    ['waiting', String(one.waiting)],
    ['dead', String(one.dead)],
    ['told', one.deliveredAt === null ? '-' : momentWords(one.deliveredAt)],
    ['failed', one.failedAt === null ? '-' : `${momentWords(one.failedAt)}: ${harmless(one.failure ?? '')}`],
    ...(one.failures === 0 ? [] : [['in a row', String(one.failures)]]),
  ]);
}

/** A reference as it was written. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(shown).join(', ');
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const [[where, name] = []] = entries;
  const isReference = entries.length === 1 && ['env', 'file', 'secret'].includes(where ?? '');
  return isReference ? `${where}:${String(name)}` : (JSON.stringify(value) ?? '');
}

/** Subscriptions as a table. */
export function subscriptionLines(
  subscriptions: readonly SubscriptionView[],
  { style, columns }: Space,
): readonly string[] {
  if (subscriptions.length === 0)
    return ['Nobody subscribes to anything; `sluice subscriptions add` has a channel told what happens.'];
  const rows = subscriptions.map((one) =>
    [
      one.name,
      one.channel,
      one.kinds.join(','),
      [one.projects, one.applications, one.environments, one.components]
        .map((names) => names.join(','))
        .join('/'),
      one.severity,
      throttleWords(one),
    ].map(harmless),
  );
  const titles = ['SUBSCRIPTION', 'CHANNEL', 'KINDS', 'OF', 'FROM', 'AT MOST'];
  return table(columnsOf(titles), rows).map((line) => cutTo(line, columns, style.symbols.more));
}

const throttleWords = ({ throttle }: SubscriptionView): string =>
  throttle === null ? '-' : `${throttle.most} in ${spanWords(throttle.perMs)}`;

/** One subscription, with what it holds back just now. */
export const subscriptionDetailLines = (one: SubscriptionView): readonly string[] =>
  detail([
    ['subscription', one.name],
    ['channel', one.channel],
    ['kinds', harmless(one.kinds.join(', '))],
    ['projects', harmless(one.projects.join(', '))],
    ['applications', harmless(one.applications.join(', '))],
    ['environments', harmless(one.environments.join(', '))],
    ['components', harmless(one.components.join(', '))],
    ['severity', `${one.severity} or more`],
    ['at most', throttleWords(one)],
    ...(one.throttle === null ? [] : [['held back', String(one.withheld)]]),
  ]);

/** Deliveries as a table. */
export function deliveryLines(
  deliveries: readonly DeliveryView[],
  { style, columns, now }: Space,
): readonly string[] {
  if (deliveries.length === 0) return ['Nothing was told, and nothing waits.'];
  const rows = deliveries.map((one) => [
    one.id,
    one.channel,
    style.paint(one.state === 'dead' ? 'bad' : one.state === 'waiting' ? 'warn' : 'good', one.state),
    String(one.attempts),
    agoWords(one.createdAt, now),
    harmless(one.title),
  ]);
  const titles = ['DELIVERY', 'CHANNEL', 'STATE', 'TRIES', 'AGE', 'WHAT'];
  return table(columnsOf(titles), rows).map((line) => cutTo(line, columns, style.symbols.more));
}

/** One delivery: what became of it, and why. */
export const deliveryDetailLines = (one: DeliveryView, { now }: Space): readonly string[] =>
  detail([
    ['delivery', one.id],
    ['event', one.event],
    ['what', harmless(one.title)],
    ['kind', `${one.kind} (${one.severity})`],
    ['channel', one.channel],
    ['subscription', one.subscription ?? '-'],
    ['state', one.state],
    ['attempts', String(one.attempts)],
    ...(one.dueAt === null ? [] : [['next', one.dueAt <= now ? 'now' : `in ${spanWords(one.dueAt - now)}`]]),
    ['failed', harmless(one.failure ?? '-')],
    ['made', momentWords(one.createdAt)],
    ['ended', one.finishedAt === null ? '-' : momentWords(one.finishedAt)],
  ]);

/** Names with what they stand for; lines are not cut, as one may want to copy from them. */
const detail = (rows: readonly (readonly string[])[]): readonly string[] => aligned([{}, {}], rows);
