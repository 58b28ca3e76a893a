import type { Notice, NoticeCommand, NoticeStage, Severity } from '@sluice/core/notify/notice.ts';

/** What differs between notices of the same rollout. */
interface Told {
  readonly kind: string;
  readonly stage: NoticeStage;
  readonly severity: Severity;
  readonly title: string;
  readonly sentence: string;
  readonly next?: string;
  readonly action?: string;
  readonly commands?: readonly NoticeCommand[];
}

const TRACK = 'storefront/production/web';
const ROLLOUT = 'rol-01k2v7';
/** As many digits as a commit has. */
export const SAMPLE_COMMIT = '5f2c7e1b9a40d3c86e7f1a2b3c4d5e6f70819203';

const TOLD: readonly Told[] = [
  {
    kind: 'started',
    stage: 'started',
    severity: 'info',
    title: `${TRACK} 1.4.2 has begun`,
    sentence: 'ada asked for 1.4.2 by canary; 1.4.1 is stable.',
    next: 'One copy is started, and gets 5 % of the traffic when it is ready.',
  },
  {
    kind: 'approval-needed',
    stage: 'waits-for-approval',
    severity: 'notice',
    title: `${TRACK} 1.4.2 waits for an approval`,
    sentence:
      'Half of the traffic is next: look at the checkout first. 25 % go to 1.4.2, and the judge has nothing against it.',
    next: 'Nothing moves until somebody approves or rejects it.',
    action: 'Approve or reject it; nobody approves what they asked for themselves.',
    commands: ['approve', 'reject'],
  },
  {
    kind: 'held',
    stage: 'held',
    severity: 'warning',
    title: `${TRACK} 1.4.2 is held`,
    sentence: 'No request has been counted for 2 min, so nothing can be said about 1.4.2.',
    next: 'It goes on by itself when metrics are back.',
    action: 'See whether Prometheus is reachable, or run `sluice promote storefront/production/web`.',
  },
  {
    kind: 'rolling-back',
    stage: 'rolling-back',
    severity: 'warning',
    title: `${TRACK} 1.4.2 is taken back`,
    sentence:
      '1.4.2 fails 3.1 times as often as 1.4.1: 62 of 1,204 requests against 20 of 1,210; odds of 400 to 1 against chance.',
    next: 'All traffic goes back to 1.4.1, and the copies of 1.4.2 are stopped.',
  },
  {
    kind: 'rolled-back',
    stage: 'rolled-back',
    severity: 'notice',
    title: `${TRACK} 1.4.2 was taken back`,
    sentence: 'All traffic is on 1.4.1 again; 1.4.2 had 25 % of it for 3 min.',
    action: 'Read the report with `sluice report rol-01k2v7`.',
  },
  {
    kind: 'stuck',
    stage: 'stuck',
    severity: 'critical',
    title: `${TRACK} 1.4.2 is stuck`,
    sentence: 'It cannot be taken back: 1.4.1 has no copy that is ready, because its image cannot be pulled.',
    action: 'Mend the image of 1.4.1 and run `sluice resume storefront/production/web`.',
  },
  {
    kind: 'succeeded',
    stage: 'succeeded',
    severity: 'info',
    title: `${TRACK} 1.4.2 is stable`,
    sentence: '1.4.2 has all traffic after 18 min; the judge found it no worse than 1.4.1.',
    next: 'Copies of 1.4.1 are kept for 10 min, so that it can come back at once.',
  },
];

/** One notice for each kind of thing that happens to a rollout, in one story per kind. */
export const SAMPLE_NOTICES: readonly Notice[] = TOLD.map(sampleNotice);

/** The sample notice of this stage. */
export function sampleOf(stage: NoticeStage): Notice {
  const found = SAMPLE_NOTICES.find(({ about }) => about?.stage === stage);
  if (!found) throw new Error(`there is no sample notice of ${stage}`);
  return found;
}

function sampleNotice({ kind, stage, severity, title, sentence, next, action, commands }: Told): Notice {
  return {
    event: {
      specversion: '1.0',
      id: `evt-${kind}`,
      source: '/sluice/default',
      type: `dev.sluice.rollout.${kind}.v1`,
      subject: `${TRACK}/${ROLLOUT}`,
      time: '2026-11-22T04:05:06.000Z',
      datacontenttype: 'application/json',
      data: { track: TRACK, rollout: ROLLOUT, version: '1.4.2' },
    },
    severity,
    words: { title, sentence, next: next ?? null, action: action ?? null },
    about: {
      track: TRACK,
      application: 'storefront',
      environment: 'production',
      component: 'web',
      rollout: ROLLOUT,
      version: '1.4.2',
      requestedBy: 'ada',
      stage,
      source: {
        repository: 'https://github.com/acme/shop',
        commit: SAMPLE_COMMIT,
        ref: 'main',
        message: 'SHOP-42: pay with two taps\n\nAnd no more.',
      },
    },
    link: `https://sluice.example.com/tracks/${TRACK}/rollouts/${ROLLOUT}`,
    earlier: null,
    commands: commands ?? [],
  };
}

/** A notice about no rollout: what `sluice channels test` sends. */
export const TEST_NOTICE: Notice = {
  event: {
    specversion: '1.0',
    id: 'evt-test',
    source: '/sluice/default',
    type: 'dev.sluice.channel.tested.v1',
    time: '2026-11-22T04:05:06.000Z',
    datacontenttype: 'application/json',
    data: {},
  },
  severity: 'info',
  words: {
    title: 'This channel works',
    sentence: 'ada tests the channel `deploys` of Sluice.',
    next: null,
    action: null,
  },
  about: null,
  link: null,
  earlier: null,
  commands: [],
};
