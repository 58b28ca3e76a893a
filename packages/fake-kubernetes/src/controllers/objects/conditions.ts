import { type Condition, timestampOf } from './api-object.ts';

/** The condition of a type among many. */
export function conditionOf(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** The conditions without those of one type. */
export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/**
 * Puts a condition in, the way of the workload controllers: one that says the same already stays as it is, another one
 * moves to the end, and its time of transition changes only together with its status.
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  now: number,
): readonly Condition[] {
  const before = conditionOf(conditions, condition.type);
  if (before !== undefined && before.status === condition.status && before.reason === condition.reason)
    return conditions ?? [];
  const time = timestampOf(now);
  const lastTransitionTime = before?.status === condition.status ? (before.lastTransitionTime ?? time) : time;
  return [...withoutCondition(conditions, condition.type), { ...condition, lastTransitionTime }];
}
