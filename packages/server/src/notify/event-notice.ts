import { trackNames } from '@sluice/core/kernel/ids.ts';
import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';
import type { CloudEvent, Notice, NoticeSource, NoticeSubject } from '@sluice/core/notify/notice.ts';
import type { Happening } from '@sluice/core/notify/subscription-filter.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import { describeEvent } from '../loop/describe-event.ts';
import type { EventRow } from '../store/events/list-events.ts';
import type { ToldEntry, ToldRollout } from '../store/notify/outbox.ts';
import { kebab, toldEvent } from './told-event.ts';

/** Something that can be told: what it is by its kind, and the notice. */
export interface Tellable {
  readonly happening: Happening;
  /** What is told in order: the rollout, or the event alone. */
  readonly lane: string;
  readonly notice: Notice;
}

/** What all notices of this installation have in common. */
export interface NoticeOrigin {
  readonly tenant: string;
  /** Names the installation. */
  readonly origin: string;
  /** Where the dashboard stands for its readers, without a slash at the end; null when nobody has said. */
  readonly publicUrl: string | null;
}

/** Longer JSON of an event is left out of it, in characters. */
const LONGEST_FACT = 16_384;
/** Parts of events that are long, or nobody's business: the plan may hold addresses of measurements. */
const LEFT_OUT: ReadonlySet<string> = new Set(['plan', 'baseline', 'batch', 'trace']);

/** The notice of an event of a track. */
export function eventNotice(
  row: EventRow,
  { rollout, project }: { readonly rollout: ToldRollout | undefined; readonly project: string },
  from: NoticeOrigin,
): Tellable {
  const event = row.body as TrackEvent;
  const told = toldEvent(event);
  const about = subjectOf(row, rollout, told.stage);
  const name = [row.trackId, about?.version].filter((part) => part !== undefined).join(' ');
  const happening = { kind: told.kind, severity: told.severity, project, ...trackNames(row.trackId) };
  return {
    happening,
    lane: row.rolloutId === null ? `track ${row.trackId}` : `rollout ${row.rolloutId}`,
    notice: {
      event: cloudEvent(from, {
        ...{ id: `event-${row.sequence}`, kind: told.kind, at: row.at },
        subject: row.rolloutId === null ? row.trackId : `${row.trackId}/${row.rolloutId}`,
        data: {
          track: row.trackId,
          ...trackNames(row.trackId),
          rollout: row.rolloutId,
          version: about?.version ?? null,
          requestedBy: about?.requestedBy ?? null,
          stage: about?.stage ?? null,
          fact: factOf(event),
        },
      }),
      severity: told.severity,
      words: {
        title: `${name} ${told.headline}`,
        sentence: sentence(told.sentence ?? describeEvent(event) ?? row.kind),
        next: told.next,
        action: told.action,
      },
      about,
      link: linkOf(from, row),
      earlier: null,
      commands: told.commands,
    },
  };
}

/** The notice of a ledger entry that is about no track: who has changed what. */
export function entryNotice(entry: ToldEntry, from: NoticeOrigin): Tellable {
  const kind = `audit.${kebab(entry.action)}`;
  const severity = /^tasks?[A-Z]|^workflow/.test(entry.action) ? 'info' : 'notice';
  return {
    happening: { kind, severity, project: null, application: null, environment: null, component: null },
    lane: `ledger ${entry.sequence}`,
    notice: {
      event: cloudEvent(from, {
        ...{ id: `ledger-${entry.sequence}`, kind, at: entry.at, subject: entry.subject },
        data: { actor: entry.actor, action: entry.action, subject: entry.subject, sequence: entry.sequence },
      }),
      severity,
      words: {
        title: `${entry.subject}: ${spoken(entry.action)}`,
        sentence: sentence(`${entry.actor} did this: ${spoken(entry.action)} (${entry.subject})`),
        next: null,
        action: 'See it in the ledger with `sluice audit list`.',
      },
      about: null,
      link: from.publicUrl === null ? null : `${from.publicUrl}/audit`,
      earlier: null,
      commands: [],
    },
  };
}

/** The notice that sums up what a throttle has held back. */
export function summaryNotice(
  subscription: string,
  withheld: Readonly<Record<string, number>>,
  { at, from }: { readonly at: number; readonly from: NoticeOrigin },
): Tellable {
  const counts = Object.entries(withheld).sort(([, one], [, other]) => other - one);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const kind = 'subscription.summary';
  const id = `summary-${subscription}-${at}`;
  return {
    happening: {
      kind,
      severity: 'notice',
      project: null,
      application: null,
      environment: null,
      component: null,
    },
    lane: id,
    notice: {
      event: cloudEvent(from, {
        id,
        kind,
        at,
        subject: subscription,
        data: { subscription, total, withheld },
      }),
      severity: 'notice',
      words: {
        title: `${total} more event${total === 1 ? '' : 's'}`,
        sentence: `The subscription ${subscription} held back ${counts.map(([name, count]) => `${count} ${name}`).join(', ')}.`,
        next: null,
        action: 'See them with `sluice events`, or change the throttle with `sluice subscriptions add`.',
      },
      about: null,
      link: from.publicUrl,
      earlier: null,
      commands: [],
    },
  };
}

/** The notice by which somebody tries a channel. */
export function testNotice(
  channel: string,
  by: string,
  { id, at, from }: { readonly id: string; readonly at: number; readonly from: NoticeOrigin },
): Notice {
  return {
    event: cloudEvent(from, { id, kind: 'channel.test', at, subject: channel, data: { channel, by } }),
    severity: 'info',
    words: {
      title: `Sluice can tell ${channel}`,
      sentence: `${by} has tried the channel ${channel}, and this is what arrived.`,
      next: null,
      action: null,
    },
    about: null,
    link: from.publicUrl,
    earlier: null,
    commands: [],
  };
}

interface EventParts {
  readonly id: string;
  readonly kind: string;
  readonly at: number;
  readonly subject: string;
  readonly data: JsonObject;
}

const cloudEvent = (
  { tenant, origin }: NoticeOrigin,
  { id, kind, at, subject, data }: EventParts,
): CloudEvent => ({
  specversion: '1.0',
  id,
  source: `urn:sluice:${origin}:${encodeURIComponent(tenant)}`,
  type: `dev.sluice.${kind}.v1`,
  ...(subject === '' ? {} : { subject }),
  time: new Date(at).toISOString(),
  datacontenttype: 'application/json',
  data,
});

function subjectOf(
  row: EventRow,
  rollout: ToldRollout | undefined,
  stage: NoticeSubject['stage'],
): NoticeSubject | null {
  if (row.rolloutId === null) return null;
  return {
    track: row.trackId,
    ...trackNames(row.trackId),
    rollout: row.rolloutId,
    version: rollout?.versionLabel ?? row.rolloutId,
    requestedBy: rollout?.requestedBy ?? 'unknown',
    stage,
    source: sourceOf(rollout?.state),
  };
}

/** What the one who asked said of where the code comes from, as it stands in the rollout. */
function sourceOf(state: unknown): NoticeSource | null {
  const source = (state as { readonly source?: unknown } | null | undefined)?.source;
  if (typeof source !== 'object' || source === null) return null;
  const text = (key: string): string | null => {
    const value = (source as Readonly<Record<string, unknown>>)[key];
    return typeof value === 'string' ? value : null;
  };
  return {
    repository: text('repository'),
    commit: text('commit'),
    ref: text('ref'),
    message: text('message'),
  };
}

function factOf(event: TrackEvent): JsonValue {
  const kept = Object.fromEntries(Object.entries(event).filter(([key]) => !LEFT_OUT.has(key)));
  return JSON.stringify(kept).length > LONGEST_FACT ? { kind: event.kind } : (kept as JsonObject);
}

const linkOf = ({ publicUrl }: NoticeOrigin, { rolloutId }: EventRow): string | null => {
  if (publicUrl === null) return null;
  return rolloutId === null ? publicUrl : `${publicUrl}/rollouts/${encodeURIComponent(rolloutId)}`;
};

/** Words as a sentence. */
function sentence(words: string): string {
  const text = words.trim();
  // `token:ci` is a name, and stays as it is.
  const begun = /^\w+:/.test(text) ? text : text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** `channelAdded` as `channel added`. */
const spoken = (action: string): string => kebab(action).replaceAll('-', ' ');
