import type { EventView, EvidenceView, PlanView, RolloutView, TrackView } from '../views.ts';

/** A moment that all samples are dated from: 2026-01-15T12:00:00Z. */
export const SAMPLE_TIME = 1_768_478_400_000;

/** A canary of 5 and 25 %. */
export const samplePlan: PlanView = {
  strategy: 'careful',
  kind: 'canary',
  promotes: true,
  steps: [
    { kind: 'provision', words: 'provision 1 candidate, 3 stable', candidateShareBasisPoints: 0 },
    { kind: 'verify', words: 'verify smoke', candidateShareBasisPoints: 0 },
    { kind: 'shift', words: 'shift to 5%', candidateShareBasisPoints: 500 },
    { kind: 'judge', words: 'judge 10m, or until passed, 2 hard limits', candidateShareBasisPoints: 500 },
    { kind: 'shift', words: 'shift to 25%', candidateShareBasisPoints: 2500 },
    { kind: 'judge', words: 'judge 20m, or until passed, 2 hard limits', candidateShareBasisPoints: 2500 },
    { kind: 'provision', words: 'provision 3 candidate, 3 stable', candidateShareBasisPoints: 2500 },
    { kind: 'switch', words: 'switch all requests to the candidate', candidateShareBasisPoints: 10_000 },
    { kind: 'retire', words: 'retire the old copy after 30m', candidateShareBasisPoints: 10_000 },
  ],
  limits: [
    {
      limit: 'errors < 0.1% at 5 %',
      falseRollbackRate: 0.004,
      detectionSeconds: 84,
      words:
        'A release as good as stable breaks it in 0.4 % of rollouts; ten times as many errors are seen after 84 s.',
    },
  ],
  detects: null,
  warnings: [],
};

/** Evidence that leans nowhere yet. */
export const sampleEvidence: EvidenceView = {
  verdict: 'inconclusive',
  detail: 'not decided yet',
  oddsAgainst: 0.4,
  pValue: 1,
  leaning: 'none',
  attribution: null,
  ratio: { estimate: 1.1, low: 0.2, high: 4.1 },
  excludedAbove: 4.1,
  moreRequests: 8400,
  sentences: [
    'Not decided yet: odds 1 : 3 against "no worse".',
    'Regressions above 4.1x are excluded at 95 %.',
    'A verdict needs about 8,400 more requests.',
  ],
  candidate: { requests: 640, errors: 1, p50Ms: 11.8, p95Ms: 43.2, p99Ms: 88 },
  stable: { requests: 12_340, errors: 12, p50Ms: 11.2, p95Ms: 42.9, p99Ms: 85 },
};

/** A rollout in its first judged step. */
export function sampleRollout(overrides: Partial<RolloutView> = {}): RolloutView {
  return {
    id: 'ro-2',
    number: 2,
    track: 'storefront/production/web',
    version: 'v2',
    lane: 'normal',
    candidate: 'web-0123456789ab',
    stable: 'web-ba9876543210',
    requestedAt: SAMPLE_TIME,
    requestedBy: 'ada',
    startedAt: SAMPLE_TIME + 1000,
    finishedAt: null,
    verdictAt: null,
    phase: 'running',
    outcome: null,
    reason: null,
    step: 3,
    candidateShareBasisPoints: 500,
    plan: samplePlan,
    evidence: sampleEvidence,
    ...overrides,
  };
}

/** A track whose v2 is at 5 % and whose v1 is stable. */
export function sampleTrack(overrides: Partial<TrackView> = {}): TrackView {
  const active = sampleRollout();
  const stable = { revision: 'web-ba9876543210', version: 'v1' };
  return {
    id: 'storefront/production/web',
    application: 'storefront',
    environment: 'production',
    component: 'web',
    version: 17,
    stable,
    split: {
      weights: [
        { revision: active.candidate, basisPoints: 500 },
        { revision: stable.revision, basisPoints: 9500 },
      ],
      matches: [],
      mirror: null,
      sticky: null,
      salt: 'ro-2',
    },
    splitConfirmed: true,
    revisions: [
      {
        ...stable,
        role: 'stable',
        shareBasisPoints: 9500,
        ordered: 3,
        ready: 3,
        reason: null,
        retainedUntil: null,
      },
      {
        revision: active.candidate,
        version: 'v2',
        role: 'candidate',
        shareBasisPoints: 500,
        ordered: 1,
        ready: 1,
        reason: null,
        retainedUntil: null,
      },
    ],
    active,
    queued: [],
    last: null,
    history: [stable, { revision: 'web-000000000000', version: 'v0' }],
    explanation: {
      doing: 'v2 at 5%, step 4 of 9: judge 10m, or until passed, 2 hard limits',
      waitingFor: 'the end of the phase in 8 min 12 s, or a verdict',
      next: 'shift to 25%',
      evidence: sampleEvidence.sentences,
    },
    ...overrides,
  };
}

/** A track on which nothing is under way: v1 has all the traffic. */
export function idleTrack(overrides: Partial<TrackView> = {}): TrackView {
  const track = sampleTrack();
  const [stable] = track.revisions;
  return {
    ...track,
    split: { ...track.split, weights: [{ revision: 'web-ba9876543210', basisPoints: 10_000 }] },
    revisions: stable ? [{ ...stable, shareBasisPoints: 10_000 }] : [],
    active: null,
    explanation: {
      doing: 'v1 is stable and has all the traffic',
      waitingFor: null,
      next: null,
      evidence: [],
    },
    ...overrides,
  };
}

/** An event of the sample rollout. */
export function sampleEvent(sequence: number, overrides: Partial<EventView> = {}): EventView {
  return {
    sequence,
    at: SAMPLE_TIME + sequence * 1000,
    track: 'storefront/production/web',
    rollout: 'ro-2',
    kind: 'splitConfirmed',
    words: `the router confirmed split ${sequence}`,
    body: { generation: sequence },
    ...overrides,
  };
}
