import type { ScalingPolicy, ScalingRules } from './horizontal-autoscaler.ts';

/** What an autoscaler remembers of itself: what it wished for and what it changed. Moments in ms since the epoch. */
export interface ScalingHistory {
  readonly wishes: readonly { readonly at: number; readonly replicas: number }[];
  /** Positive: pods were added. */
  readonly changes: readonly { readonly at: number; readonly by: number }[];
}

/** A new number, and whether it is less of a change than was wished for. */
export interface LimitedChange {
  readonly replicas: number;
  readonly reason: 'stabilized' | 'limited' | null;
}

type Rules = Required<Omit<ScalingRules, 'tolerance'>>;

const defaultUp: Rules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};

const defaultDown: Rules = {
  stabilizationWindowSeconds: 300,
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

/**
 * Holds a wish back: by the most careful wish within the stabilization window, and by the policies, each of which allows
 * so much change within its period.
 */
export function limitChange(
  current: number,
  wish: number,
  history: ScalingHistory,
  behavior: { readonly scaleUp?: ScalingRules; readonly scaleDown?: ScalingRules } | undefined,
  now: number,
): LimitedChange {
  const up = { ...defaultUp, ...behavior?.scaleUp };
  const down = { ...defaultDown, ...behavior?.scaleDown };
  const stable = stabilize(current, wish, history, { up, down }, now);
  const limited =
    stable > current
      ? growAtMost(current, stable, history, up, now)
      : shrinkAtMost(current, stable, history, down, now);
  const reason = limited !== stable ? 'limited' : stable !== wish ? 'stabilized' : null;
  return { replicas: limited, reason };
}

function stabilize(
  current: number,
  wish: number,
  { wishes }: ScalingHistory,
  { up, down }: { readonly up: Rules; readonly down: Rules },
  now: number,
): number {
  const within = (rules: Rules): readonly number[] =>
    wishes
      .filter(({ at }) => at > now - rules.stabilizationWindowSeconds * 1000)
      .map(({ replicas }) => replicas);
  const lowest = Math.min(wish, ...within(up));
  const highest = Math.max(wish, ...within(down));
  // Up to the lowest wish of the one window and down to the highest of the other; between them nothing changes.
  return current < lowest ? lowest : current > highest ? highest : current;
}

function growAtMost(
  current: number,
  wish: number,
  { changes }: ScalingHistory,
  rules: Rules,
  now: number,
): number {
  if (rules.selectPolicy === 'Disabled') return current;
  const bounds = rules.policies.map((policy) => {
    const start = current - changedWithin(changes, policy, now, 1);
    return policy.type === 'Pods' ? start + policy.value : Math.ceil(start * (1 + policy.value / 100));
  });
  const bound = rules.selectPolicy === 'Min' ? Math.min(...bounds) : Math.max(...bounds);
  return Math.min(wish, Math.max(current, bound));
}

function shrinkAtMost(
  current: number,
  wish: number,
  { changes }: ScalingHistory,
  rules: Rules,
  now: number,
): number {
  if (rules.selectPolicy === 'Disabled') return current;
  const bounds = rules.policies.map((policy) => {
    const start = current + changedWithin(changes, policy, now, -1);
    return policy.type === 'Pods' ? start - policy.value : Math.floor(start * (1 - policy.value / 100));
  });
  const bound = rules.selectPolicy === 'Min' ? Math.max(...bounds) : Math.min(...bounds);
  return Math.max(wish, Math.min(current, bound));
}

function changedWithin(
  changes: ScalingHistory['changes'],
  { periodSeconds }: ScalingPolicy,
  now: number,
  sign: 1 | -1,
): number {
  const recent = changes.filter(({ at, by }) => at > now - periodSeconds * 1000 && Math.sign(by) === sign);
  return recent.reduce((sum, { by }) => sum + Math.abs(by), 0);
}
