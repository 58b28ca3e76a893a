import type { RevisionId, RolloutId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/instant.ts';
import { ok, refuse, type Result } from '../kernel/result.ts';
import { describeApprovers } from '../gates/approval-rule.ts';
import type { TrackEvent } from './events.ts';
import { approvalRules } from './gating.ts';
import type { Plan, RolloutLane } from './plan.ts';
import type { ReleaseSource } from './release-source.ts';
import {
  QUEUE_LIMIT,
  type Rollout,
  type RevisionSummary,
  type RollbackReason,
  type TrackState,
} from './state.ts';

/** What happens when a release comes while another is under way. */
export type ArrivalPolicy = 'supersede' | 'queue' | 'refuse';

/** A release that somebody asks for. */
export interface RolloutRequest {
  readonly id: RolloutId;
  readonly lane: RolloutLane;
  readonly revision: RevisionSummary;
  readonly plan: Plan;
  readonly by: string;
  readonly arrival: ArrivalPolicy;
  /** The trace of whoever asks, as a W3C `traceparent`. */
  readonly trace?: string | undefined;
  /** Where the code comes from, where whoever asks says it. */
  readonly source?: ReleaseSource | undefined;
}

/** What a person may tell the active rollout to do. */
export type RolloutCommand = 'pause' | 'resume' | 'promote' | 'promote-full' | 'skip' | 'abort';

/** Takes a release in: into the queue, in place of what is under way, or not at all. */
export function requestRollout(
  track: TrackState,
  request: RolloutRequest,
  at: Instant,
): Result<readonly TrackEvent[]> {
  const { revision, lane, arrival } = request;
  const busy = track.active !== null || track.queue.length > 0;
  if (!busy && track.stable === revision.id)
    return refuse(
      'unchanged',
      `${revision.version} (${revision.id}) is stable already`,
      'Change something, or roll back to another revision.',
    );
  if (underWay(track, { revision: revision.id, lane, arrival }))
    return refuse(
      'already-under-way',
      `${revision.version} (${revision.id}) is being rolled out already`,
      'Watch it with `sluice status --watch`.',
    );
  if (busy && arrival === 'refuse' && lane === 'normal')
    return refuse(
      'busy',
      `another release of ${track.id} is under way`,
      'Wait for it, abort it, or deploy with `--on-conflict queue` or `supersede`.',
    );
  if (arrival === 'queue' && lane === 'normal' && track.queue.length >= QUEUE_LIMIT)
    return refuse(
      'queue-full',
      `${QUEUE_LIMIT} releases of ${track.id} wait already`,
      'Wait, or deploy with `--on-conflict supersede`.',
    );
  const requested: TrackEvent = {
    kind: 'rolloutRequested',
    at,
    id: request.id,
    lane,
    revision,
    plan: request.plan,
    by: request.by,
    first: lane !== 'normal',
    ...(request.trace === undefined ? {} : { trace: request.trace }),
    ...(request.source === undefined ? {} : { source: request.source }),
  };
  const makesWay = lane !== 'normal' || arrival === 'supersede';
  return ok([...(makesWay ? makeWay(track, request, at) : []), requested]);
}

/** Whether a rollout is on its way to its end, and not back. */
export const isGoingForward = (rollout: Rollout): boolean =>
  ['planned', 'running', 'held', 'promoting'].includes(rollout.phase.name);

/**
 * The rollout that a release would ask for once more: what is being rolled out, and for one that queues also what waits. A
 * hot-fix of what goes out by steps begins again, by the short way.
 */
export function underWay(
  { active, queue }: TrackState,
  { revision, lane, arrival }: Pick<RolloutRequest, 'lane' | 'arrival'> & { readonly revision: RevisionId },
): Rollout | undefined {
  const isAsked = ({ candidate }: Rollout): boolean => candidate === revision;
  if (active && isAsked(active) && isGoingForward(active) && (lane !== 'hotfix' || active.lane !== 'normal'))
    return active;
  return arrival === 'queue' && lane === 'normal' ? queue.find(isAsked) : undefined;
}

function makeWay(track: TrackState, request: RolloutRequest, at: Instant): readonly TrackEvent[] {
  const successor = `${request.lane === 'hotfix' ? 'the hot-fix of ' : ''}${request.revision.version}`;
  const reason: RollbackReason = { kind: 'superseded', detail: `superseded by ${successor}` };
  const dropped = track.queue.map(
    (rollout): TrackEvent => ({ kind: 'queuedRolloutDropped', at, id: rollout.id, reason }),
  );
  const { active } = track;
  if (!active) return dropped;
  if (active.phase.name === 'stuck') return [...dropped, { kind: 'rollbackResumed', at, by: request.by }];
  return isGoingForward(active) ? [...dropped, { kind: 'rollbackBegun', at, reason }] : dropped;
}

/** What a person saw when they gave a command. */
export interface SeenRollout {
  readonly rollout: string;
  /** Index of the step; null when it was in none. */
  readonly step: number | null;
}

/** A person's command. */
export interface CommandOrder {
  readonly command: RolloutCommand;
  readonly by: string;
  /** Without it the command is for whatever is under way when it arrives. */
  readonly seen?: SeenRollout | undefined;
}

/** Turns a person's command into events, or refuses it with what would be possible instead. */
export function commandRollout(
  track: TrackState,
  order: CommandOrder,
  at: Instant,
): Result<readonly TrackEvent[]> {
  const { command, by, seen } = order;
  const { active } = track;
  if (!active)
    return refuse(
      'nothing-under-way',
      `there is no rollout of ${track.id} to ${command === 'promote-full' ? 'promote' : command}`,
      'See `sluice history` for what has been, `sluice deploy` for what could be.',
    );
  if (seen && hasMovedOn(active, seen, command))
    return refuse(
      'moved-on',
      `${active.version} (${active.id}) has moved on since it was looked at`,
      'See `sluice status`, and decide anew.',
    );
  const kept = keptByGate(active, command);
  if (kept) return kept;
  switch (command) {
    case 'pause':
      return pause(active, by, at);
    case 'resume':
      return resume(active, by, at);
    case 'promote':
      return promote(active, by, at);
    case 'promote-full':
      return promoteFull(active, by, at);
    case 'skip':
      return active.phase.name === 'running' || active.phase.name === 'held'
        ? ok([{ kind: 'stepFinished', at, step: active.phase.step, note: `skipped by ${by}` }])
        : cannot(active, 'skip a step');
    case 'abort':
      return abort(active, by, at);
  }
}

/** Gates and approvals are passed by who may open them, and not by who steers. */
function keptByGate(active: Rollout, command: RolloutCommand): Result<never> | undefined {
  if (command === 'pause' || command === 'abort' || active.glass) return undefined;
  const { phase } = active;
  if (phase.name !== 'running' && phase.name !== 'held') return undefined;
  const way = '`sluice break-glass` passes every gate, with a reason that everybody is told.';
  if (phase.name === 'held' && phase.reason.kind === 'gate')
    return refuse(
      'gate-closed',
      `${active.version} (${active.id}) is held at a gate: ${phase.reason.detail}`,
      `It goes on by itself when the gate opens; ${way}`,
    );
  // Who ends a pause is at the step again, which asks as it did before.
  if (command === 'resume' && phase.name === 'held' && phase.reason.kind === 'paused') return undefined;
  const asks = (index: number): boolean =>
    active.plan.steps[index]?.kind === 'approve' && approvalRules(active, index).length > 0;
  const last = command === 'promote-full' ? active.plan.steps.length - 1 : phase.step;
  for (let index = phase.step; index <= last; index++) {
    const rules = asks(index) ? approvalRules(active, index) : [];
    // Who approved is counted by the loop, which knows who may still; what is approved goes on without a command.
    if (rules.length > 0)
      return refuse(
        'approval-needed',
        `step ${index + 1} of ${active.version} (${active.id}) needs ${rules.map(describeApprovers).join(' and ')}`,
        `They approve it with \`sluice approve\`; ${way}`,
      );
  }
  return undefined;
}

/** Another rollout is never what was meant; another step matters to what would end it. */
function hasMovedOn({ id, phase }: Rollout, seen: SeenRollout, command: RolloutCommand): boolean {
  const step = phase.name === 'running' || phase.name === 'held' ? phase.step : null;
  return seen.rollout !== id || ((command === 'promote' || command === 'skip') && seen.step !== step);
}

function pause(active: Rollout, by: string, at: Instant): Result<readonly TrackEvent[]> {
  if (active.phase.name === 'held' && active.phase.reason.kind === 'paused')
    return cannot(active, 'be paused again');
  if (active.phase.name !== 'running' && active.phase.name !== 'held') return cannot(active, 'be paused');
  return ok([{ kind: 'rolloutHeld', at, reason: { kind: 'paused', by } }]);
}

function resume(active: Rollout, by: string, at: Instant): Result<readonly TrackEvent[]> {
  if (active.phase.name === 'stuck') return ok([{ kind: 'rollbackResumed', at, by }]);
  if (active.phase.name !== 'held') return cannot(active, 'be resumed');
  if (active.phase.reason.kind === 'approval') return promote(active, by, at);
  return ok([{ kind: 'holdEnded', at, by }]);
}

/** Ends the present wait: an approval is given, a hold is lifted and its step counts as done, time is cut short. */
function promote(active: Rollout, by: string, at: Instant): Result<readonly TrackEvent[]> {
  const { phase } = active;
  const waits = ['hold', 'judge', 'settle', 'approve'];
  const step = phase.name === 'running' || phase.name === 'held' ? active.plan.steps[phase.step] : undefined;
  if ((phase.name === 'held' || phase.name === 'running') && step && waits.includes(step.kind))
    return ok([{ kind: 'stepFinished', at, step: phase.step, note: `promoted by ${by}` }]);
  if (phase.name === 'held') return ok([{ kind: 'holdEnded', at, by }]);
  return cannot(
    active,
    'be promoted past its present step; it waits for the world, not for a person (`skip` leaves the step out)',
  );
}

function promoteFull(active: Rollout, by: string, at: Instant): Result<readonly TrackEvent[]> {
  if (active.phase.name !== 'running' && active.phase.name !== 'held') return cannot(active, 'be promoted');
  if (!active.plan.promotes)
    return refuse(
      'test-only',
      `${active.version} (${active.id}) is a ${active.plan.kind} test, which ends without a promotion`,
      'Release it with another strategy, for example `sluice deploy --strategy blue-green`.',
    );
  return ok([{ kind: 'promotionBegun', at, by }]);
}

function abort(active: Rollout, by: string, at: Instant): Result<readonly TrackEvent[]> {
  return isGoingForward(active)
    ? ok([{ kind: 'rollbackBegun', at, reason: { kind: 'aborted', detail: `aborted by ${by}` } }])
    : cannot(active, 'be aborted');
}

const cannot = (active: Rollout, what: string): Result<never> =>
  refuse(
    'wrong-phase',
    `${active.version} (${active.id}) is ${active.phase.name} and cannot ${what}`,
    'See `sluice explain` for what it waits for.',
  );
