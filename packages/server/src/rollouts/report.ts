import { formatDuration } from '@sluice/core/kernel/duration.ts';
import type { ArmView, EventView, RolloutView } from '@sluice/protocol/http/views.ts';

/** The report of one rollout, for machines and for people. */
export interface DeploymentReport {
  readonly json: unknown;
  readonly markdown: string;
}

/** Makes the deployment report of a rollout from what is stored of it. */
export function reportOf(rollout: RolloutView, events: readonly EventView[]): DeploymentReport {
  const timeline = events.map(({ at, kind, words }) => ({ at: new Date(at).toISOString(), kind, words }));
  const json = { ...summary(rollout), evidence: rollout.evidence, plan: rollout.plan, timeline };
  return { json, markdown: markdownOf(rollout, timeline) };
}

function summary(rollout: RolloutView) {
  const { startedAt, finishedAt, verdictAt } = rollout;
  const seconds = (until: number | null): number | null =>
    until === null || startedAt === null ? null : (until - startedAt) / 1000;
  return {
    rollout: rollout.id,
    track: rollout.track,
    version: rollout.version,
    candidate: rollout.candidate,
    stable: rollout.stable,
    requestedBy: rollout.requestedBy,
    requestedAt: new Date(rollout.requestedAt).toISOString(),
    outcome: rollout.outcome ?? rollout.phase,
    reason: rollout.reason,
    durationSeconds: seconds(finishedAt),
    secondsToVerdict: seconds(verdictAt),
  };
}

function markdownOf(rollout: RolloutView, timeline: readonly { at: string; words: string }[]): string {
  const facts = summary(rollout);
  const lines = [
    `# ${rollout.track}: ${rollout.version} ${facts.outcome}`,
    '',
    `- Rollout ${rollout.id}, asked for by ${rollout.requestedBy} at ${facts.requestedAt}`,
    `- Candidate ${rollout.candidate}, stable ${rollout.stable ?? 'none'}, strategy ${rollout.plan.strategy}`,
    ...(facts.durationSeconds === null ? [] : [`- Took ${formatDuration(facts.durationSeconds * 1000)}`]),
    ...(rollout.reason ? [`- Reason (${rollout.reason.kind}): ${rollout.reason.detail}`] : []),
    '',
    ...evidenceLines(rollout),
    '## Plan',
    '',
    ...rollout.plan.steps.map(({ words }, index) => `${index + 1}. ${words}`),
    '',
    '## What happened',
    '',
    ...timeline.map(({ at, words }) => `- ${at} ${words}`),
    '',
  ];
  return lines.join('\n');
}

function evidenceLines({ evidence }: RolloutView): readonly string[] {
  if (!evidence) return [];
  return [
    '## Evidence',
    '',
    ...evidence.sentences.map((sentence) => `- ${sentence}`),
    '',
    '| | requests | failed | p50 | p95 | p99 |',
    '|---|---|---|---|---|---|',
    armLine('candidate', evidence.candidate),
    armLine('stable', evidence.stable),
    '',
  ];
}

const milliseconds = (value: number | null): string => (value === null ? '-' : `${value.toPrecision(3)} ms`);

const armLine = (name: string, arm: ArmView): string =>
  `| ${name} | ${arm.requests} | ${arm.errors} | ${milliseconds(arm.p50Ms)} | ${milliseconds(arm.p95Ms)} | ${milliseconds(arm.p99Ms)} |`;
