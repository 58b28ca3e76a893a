import type { AgentsSpec } from '@sluice/core/rollout/component-spec.ts';
import { type KeyLimits, type Limits, type LimitsSpec, NO_LIMITS } from '@sluice/core/tasks/rate-limits.ts';
import type { MissedPolicy, OverlapPolicy, ScheduleSpec } from '@sluice/core/tasks/schedule-spec.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { AgentsInput } from '../language/agents-language.ts';
import { DEFAULTS } from '../language/defaults.ts';

/** What holds for the time and the number of tasks; what is not written stays out, so that revisions stay what they are. */
export function resolveAgentLimits({
  timeout,
  deadline,
  limits,
  schedules,
}: AgentsInput): Pick<AgentsSpec, 'timeoutMs' | 'deadlineMs' | 'limits' | 'schedules'> {
  return {
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(deadline !== undefined && { deadlineMs: deadline }),
    ...(limits !== undefined && { limits: limitsOf(limits) }),
    ...(schedules !== undefined && { schedules: schedulesOf(schedules) }),
  };
}

type LimitsInput = NonNullable<AgentsInput['limits']>;
type KeyInput = NonNullable<LimitsInput['each-key']>;

function limitsOf({ 'each-key': each = {}, keys = {}, ...queue }: LimitsInput): LimitsSpec {
  const eachKey = keyLimitsOf(each, NO_LIMITS.eachKey);
  return {
    queue: boundsOf(queue, NO_LIMITS.queue),
    eachKey,
    keys: Object.fromEntries(Object.entries(keys).map(([key, one]) => [key, keyLimitsOf(one, eachKey)])),
  };
}

const keyLimitsOf = (input: KeyInput, otherwise: KeyLimits): KeyLimits => ({
  ...boundsOf(input, otherwise),
  weight: input.weight ?? otherwise.weight,
});

const boundsOf = ({ running, rate, waiting }: KeyInput, otherwise: Limits): Limits => ({
  running: running ?? otherwise.running,
  rate: rate ?? otherwise.rate,
  waiting: waiting ?? otherwise.waiting,
});

function schedulesOf(schedules: NonNullable<AgentsInput['schedules']>): readonly ScheduleSpec[] {
  const byName = Object.entries(schedules).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return byName.map(([name, written]) => ({
    name,
    cron: written.cron,
    timeZone: written['time-zone'] ?? DEFAULTS.agents.schedule.timeZone,
    missed: (written.missed ?? DEFAULTS.agents.schedule.missed) as MissedPolicy,
    overlap: (written.overlap ?? DEFAULTS.agents.schedule.overlap) as OverlapPolicy,
    input: (written.input ?? null) as JsonObject | null,
    priority: written.priority ?? DEFAULTS.agents.schedule.priority,
    fairnessKey: written['fairness-key'] ?? null,
    session: written.session ?? null,
    abilities: written.capabilities ?? [],
    withinMs: written.within ?? null,
  }));
}
