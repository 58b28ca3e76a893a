import { createHash } from 'node:crypto';
import type { Notice, NoticeStage, Severity } from '@sluice/core/notify/notice.ts';
import { isAtLeast } from '@sluice/core/notify/severity.ts';
import type { PagerdutySettings } from '@sluice/protocol/channels/pagerduty-settings.ts';
import { noticeFacts, noticeParagraphs } from '../wording/notice-facts.ts';
import { boundedText, oneLine } from '../wording/plain-words.ts';

/** What is sent for one notice: to which path, with which body but for the routing key. */
export interface PagerdutyEvent {
  readonly path: '/v2/enqueue' | '/v2/change/enqueue';
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the events of a notice depend on. */
export type PagerdutyWishes = Pick<PagerdutySettings, 'alertFrom' | 'alertPer' | 'changes'>;

/** Longest summary and deduplication key by PagerDuty; what is longer is cut, or named by its hash. */
const SUMMARY_CHARACTERS = 1_024;
const KEY_CHARACTERS = 255;

/** At its end a rollout gives no cause for an alert any more: it is stable, or was taken back for good. */
const ENDED: ReadonlySet<NoticeStage> = new Set(['succeeded', 'rolled-back']);
/** What says that a rollout goes on after trouble. Other news of one that runs say nothing of it: a capacity is ordered while it is held. */
const GOES_ON = /\.rollout\.(resumed|promoting)\.v\d+$/;
/** Beginnings and ends, which whoever is on call wants to see among the latest changes. */
const CHANGES: ReadonlySet<NoticeStage> = new Set(['started', 'succeeded', 'rolled-back']);

/**
 * What a notice means for those on call. From a severity on it opens the alert of its rollout, or adds to it. An alert that was
 * opened is resolved when the rollout has ended, whichever way, or goes on, and acknowledged when it is being taken back.
 * Beginnings and ends are changes, which wake nobody, and so is what is about no rollout and matters less, as a test.
 */
export function pagerdutyEvents(notice: Notice, wishes: PagerdutyWishes): readonly PagerdutyEvent[] {
  const { about, event, severity } = notice;
  const matters = isAtLeast(severity, wishes.alertFrom);
  const key = deduplicationKey(notice, wishes);
  if (!about) return [matters ? alertOf(notice, key) : changeOf(notice)];
  const changes = wishes.changes && CHANGES.has(about.stage) ? [changeOf(notice)] : [];
  // An alert for all rollouts of a track may have been opened by an earlier one; what finds none open is dropped over there.
  const opened = notice.earlier !== null || wishes.alertPer === 'track';
  const settled = (action: 'resolve' | 'acknowledge'): readonly PagerdutyEvent[] =>
    opened ? [{ path: ALERTS, body: settling(action, key) }, ...changes] : changes;
  if (ENDED.has(about.stage)) return settled('resolve');
  if (matters) return [alertOf(notice, key), ...changes];
  if (GOES_ON.test(event.type)) return settled('resolve');
  return about.stage === 'rolling-back' ? settled('acknowledge') : changes;
}

/** The name of the alert that notices of one rollout, or of one track, share. */
export function deduplicationKey({ about, event }: Notice, { alertPer }: PagerdutyWishes): string {
  const name = about ? (alertPer === 'track' ? about.track : `${about.track}/${about.rollout}`) : event.id;
  const key = `sluice/${name}`;
  return key.length <= KEY_CHARACTERS ? key : `sluice/${createHash('sha256').update(key).digest('hex')}`;
}

const ALERTS = '/v2/enqueue';

const settling = (action: 'resolve' | 'acknowledge', key: string) => ({
  event_action: action,
  dedup_key: key,
});

function alertOf(notice: Notice, key: string): PagerdutyEvent {
  const { about, event, severity } = notice;
  return {
    path: ALERTS,
    body: {
      event_action: 'trigger',
      dedup_key: key,
      client: 'Sluice',
      ...(notice.link === null ? {} : { client_url: notice.link }),
      ...linksOf(notice),
      payload: {
        summary: boundedText(
          `${oneLine(notice.words.title)}: ${oneLine(notice.words.sentence)}`,
          SUMMARY_CHARACTERS,
        ),
        source: about?.track ?? event.source,
        severity: severityOf(severity, about?.stage),
        timestamp: event.time,
        component: about?.component,
        group: about ? `${about.application}/${about.environment}` : undefined,
        class: about?.stage,
        custom_details: detailsOf(notice),
      },
    },
  };
}

function changeOf(notice: Notice): PagerdutyEvent {
  return {
    path: '/v2/change/enqueue',
    body: {
      ...linksOf(notice),
      payload: {
        summary: boundedText(oneLine(notice.words.title), SUMMARY_CHARACTERS),
        source: notice.about?.track ?? notice.event.source,
        timestamp: notice.event.time,
        custom_details: detailsOf(notice),
      },
    },
  };
}

const linksOf = ({ link }: Notice) =>
  link === null ? {} : { links: [{ href: link, text: 'Open in Sluice' }] };

function detailsOf(notice: Notice): Readonly<Record<string, string>> {
  const said = boundedText(noticeParagraphs(notice).join('\n'), 8_000);
  return {
    ...Object.fromEntries(noticeFacts(notice).map(({ name, value }) => [name, value])),
    ...(said === '' ? {} : { said }),
  };
}

/** PagerDuty has one more between warning and critical, which fits a release that is being taken back. */
function severityOf(severity: Severity, stage: NoticeStage | undefined): string {
  if (severity === 'warning') return stage === 'rolling-back' ? 'error' : 'warning';
  return severity === 'critical' ? 'critical' : 'info';
}
