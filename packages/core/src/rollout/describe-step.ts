import { formatDuration } from '../kernel/duration.ts';
import { formatShare } from '../kernel/share.ts';
import type { Match, MatchCondition } from '../traffic/split.ts';
import type { Step } from './step.ts';

/** One step in words, in the order in which people ask: what, how much, for how long. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'provision':
      return `provision ${count(step.candidate, 'candidate')}, ${count(step.stable, 'stable')}${step.dedicatedPorts ? ', own ports' : ''}`;
    case 'verify':
      return `verify ${step.checks.join(', ')}`;
    case 'shift':
      return describeShift(step);
    case 'hold':
      return `hold ${formatDuration(step.durationMs)}`;
    case 'approve':
      return `approve "${step.prompt}"`;
    case 'judge':
      return describeJudge(step);
    case 'switch':
      return 'switch all requests to the candidate';
    case 'settle':
      return `${lasting('settle', step)}${limits(step.criteria.length)}${measured(step)}`;
    case 'retire':
      return step.delayMs > 0
        ? `retire the old copy after ${formatDuration(step.delayMs)}`
        : 'retire the old copy';
  }
}

/** A match in words: `header x-beta = 1 and path starts with /cart`. */
export const describeMatch = (match: Pick<Match, 'conditions'>): string =>
  match.conditions.map(describeCondition).join(' and ');

const count = (instances: number, side: string): string => `${instances} ${side}`;
const limits = (number: number): string =>
  number > 0 ? `, ${number} hard limit${number === 1 ? '' : 's'}` : '';

type Measuring = Pick<Extract<Step, { kind: 'judge' | 'settle' }>, 'durationMs' | 'measurements'>;

/** A step without a time of its own lasts as long as what is measured in it. */
const isMeasuringOnly = ({ durationMs, measurements }: Measuring): boolean =>
  durationMs === 0 && measurements.length > 0;

const lasting = (verb: string, step: Measuring): string =>
  isMeasuringOnly(step) ? `measure ${names(step)}` : `${verb} ${formatDuration(step.durationMs)}`;

const measured = (step: Measuring): string =>
  isMeasuringOnly(step) || step.measurements.length === 0 ? '' : `, measuring ${names(step)}`;

const names = ({ measurements }: Measuring): string => measurements.map(({ name }) => name).join(', ');

function describeJudge(step: Extract<Step, { kind: 'judge' }>): string {
  if (step.winner)
    return `judge up to ${formatDuration(step.durationMs)} for a winner on ${step.winner.goal.path}${limits(step.criteria.length)}`;
  return `${lasting('judge', step)}${step.early ? ', or until passed' : ''}${limits(step.criteria.length)}${measured(step)}`;
}

function describeShift(step: Extract<Step, { kind: 'shift' }>): string {
  const parts = [
    step.mirrorBasisPoints > 0
      ? `mirror ${formatShare(step.mirrorBasisPoints)}`
      : `shift to ${formatShare(step.shareBasisPoints)}`,
    ...step.matches.map((match) => `and where ${describeMatch(match)}`),
    ...(step.sticky ? [`sticky by ${'name' in step.sticky ? step.sticky.name : step.sticky.by}`] : []),
  ];
  return parts.join(', ');
}

function describeCondition(condition: MatchCondition): string {
  const subject = condition.name ? `${condition.on} ${condition.name}` : condition.on;
  if (condition.equals !== undefined) return `${subject} = ${condition.equals}`;
  if (condition.prefix !== undefined) return `${subject} starts with ${condition.prefix}`;
  return `${subject} is one of ${(condition.oneOf ?? []).join(', ')}`;
}
