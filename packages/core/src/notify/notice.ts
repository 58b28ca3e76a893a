import type { JsonObject } from '../kernel/json.ts';

/** How much a notice matters, from the least to the most. */
export const SEVERITIES = ['info', 'notice', 'warning', 'critical'] as const;

/** How much a notice matters. */
export type Severity = (typeof SEVERITIES)[number];

/** A CloudEvents 1.0 event; `id` with `source` is unique, and the same at each attempt to deliver it. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  /** A URI reference: `/sluice/default`, the control plane and the tenant. */
  readonly source: string;
  /** What happened, with a version of its form: `dev.sluice.rollout.held.v1`. */
  readonly type: string;
  /** What it happened to: the track, and the rollout after a slash; left out where there is none. */
  readonly subject?: string;
  /** When it happened, by RFC 3339. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: JsonObject;
}

/** A notice in words. All of it may hold what people wrote; a channel escapes it for its own language. */
export interface NoticeWords {
  /** One line that stands alone: `storefront/production/web 1.4.2 is held`. */
  readonly title: string;
  /** What happened and why, in full sentences: the judge's own words where it was the judge. */
  readonly sentence: string;
  /** What happens next by itself; null when nothing does. */
  readonly next: string | null;
  /** What the reader can do; null when there is nothing to do. */
  readonly action: string | null;
}

/** How far the rollout had come when it happened. */
export type NoticeStage =
  | 'queued'
  | 'started'
  | 'running'
  | 'waits-for-approval'
  | 'held'
  | 'promoting'
  | 'succeeded'
  | 'rolling-back'
  | 'rolled-back'
  | 'stuck';

/** Where the code of a release comes from, as the one who asked for it said. */
export interface NoticeSource {
  readonly repository: string | null;
  readonly commit: string | null;
  readonly ref: string | null;
  readonly message: string | null;
}

/** The rollout that a notice is about. */
export interface NoticeSubject {
  readonly track: string;
  readonly application: string;
  readonly environment: string;
  readonly component: string;
  readonly rollout: string;
  readonly version: string;
  readonly requestedBy: string;
  readonly stage: NoticeStage;
  readonly source: NoticeSource | null;
}

/** What a reader may be offered to do, where the channel can carry it back. */
export type NoticeCommand = 'approve' | 'reject';

/** What a channel tells. */
export interface Notice {
  readonly event: CloudEvent;
  readonly severity: Severity;
  readonly words: NoticeWords;
  /** Null for what is about no rollout: a test, or a summary of what was held back. */
  readonly about: NoticeSubject | null;
  /** Where the reader sees more; null when nobody said where the dashboard stands. */
  readonly link: string | null;
  /** What this channel answered as `reference` to the first message of the same rollout; null for the first one. */
  readonly earlier: string | null;
  readonly commands: readonly NoticeCommand[];
}
