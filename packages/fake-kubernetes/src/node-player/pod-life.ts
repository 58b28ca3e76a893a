import type { Behaviour } from './behaviour.ts';

/** Where a played pod stands. Moments are in ms since the epoch. */
export interface PodLife {
  readonly stage: 'starting' | 'pull-failed' | 'pull-backing-off' | 'running' | 'crash-backing-off' | 'ended';
  /** When the stage began. */
  readonly since: number;
  /** Whether the readiness probe holds; only while it runs. */
  readonly ready: boolean;
  readonly restarts: number;
  /** How the last run of its containers ended. */
  readonly last: ContainerEnd | null;
}

/** How a run of a container ended. */
export interface ContainerEnd {
  readonly exitCode: number;
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** How fast the player plays, in ms. */
export interface Pace {
  /** From the node to running. */
  readonly startMs: number;
  /** The first pause after a failed pull or a second crash; it doubles up to eight times as long. */
  readonly backOffMs: number;
  /** How long pods take to stop. */
  readonly stopMs: number;
}

/** How a pod's containers are run again. */
export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** The life of a pod that was just given to a node. */
export function beginLife(now: number): PodLife {
  return { stage: 'starting', since: now, ready: false, restarts: 0, last: null };
}

/** The life of a pod that was found at work, for example after the player was started again. */
export function resumeLife(now: number, ready: boolean, restarts: number): PodLife {
  return { stage: 'running', since: now, ready, restarts, last: null };
}

/** The one next thing that happens in a life, or undefined when nothing more is due by itself. */
export function nextMoment(
  life: PodLife,
  behaviour: Behaviour,
  pace: Pace,
  policy: RestartPolicy,
): { readonly at: number; readonly life: PodLife } | undefined {
  const become = (stage: PodLife['stage'], afterMs: number, more: Partial<PodLife> = {}) => {
    const at = life.since + afterMs;
    return { at, life: { ...life, ready: false, ...more, stage, since: at } };
  };
  const fails = behaviour.pullFailure !== null;
  const startAfterMs = behaviour.startAfterMs ?? pace.startMs;
  switch (life.stage) {
    case 'starting':
      return become(fails ? 'pull-failed' : 'running', startAfterMs);
    case 'pull-failed':
      return fails ? become('pull-backing-off', pace.backOffMs) : become('running', 0);
    case 'pull-backing-off':
      return fails ? undefined : become('running', 0);
    case 'running':
      return nextWhileRunning(life, behaviour, pace, policy);
    case 'crash-backing-off':
      return become('running', backOff(pace, life.restarts), { restarts: life.restarts + 1 });
    case 'ended':
      return undefined;
    default:
      return life.stage satisfies never;
  }
}

/** Moves a life on to a moment, over everything that is due until then. */
export function lifeAt(
  life: PodLife,
  behaviour: Behaviour,
  pace: Pace,
  policy: RestartPolicy,
  now: number,
): { readonly life: PodLife; readonly passed: readonly PodLife[]; readonly nextAt: number } {
  const passed: PodLife[] = [];
  let current = life;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const next = nextMoment(current, behaviour, pace, policy);
    if (next === undefined) return { life: current, passed, nextAt: Number.POSITIVE_INFINITY };
    if (next.at > now) return { life: current, passed, nextAt: next.at };
    current = next.life;
    passed.push(current);
  }
  return { life: current, passed, nextAt: now };
}

/** A crash loop without pauses would never come to the present. */
const MOST_STEPS = 100;

function nextWhileRunning(life: PodLife, behaviour: Behaviour, pace: Pace, policy: RestartPolicy) {
  const due = [
    readiness(life, behaviour),
    crash(life, behaviour, pace, policy),
    end(life, behaviour, pace, policy),
  ];
  const moments = due.filter((moment) => moment !== undefined);
  return moments.sort((a, b) => a.at - b.at)[0];
}

function readiness(life: PodLife, { readyAfterMs }: Behaviour) {
  if (readyAfterMs === null)
    return life.ready ? { at: life.since, life: { ...life, ready: false } } : undefined;
  if (life.ready) return undefined;
  return { at: life.since + readyAfterMs, life: { ...life, ready: true } };
}

function crash(life: PodLife, behaviour: Behaviour, pace: Pace, policy: RestartPolicy) {
  if (behaviour.crash === null || (behaviour.crash.kind === 'once' && life.restarts > 0)) return undefined;
  return ending(life, behaviour.crash.afterMs, behaviour.exitCode ?? 1, pace, policy);
}

function end(life: PodLife, { runForMs, exitCode }: Behaviour, pace: Pace, policy: RestartPolicy) {
  return runForMs === null ? undefined : ending(life, runForMs, exitCode ?? 0, pace, policy);
}

/** The first crash is followed by a start at once, every later one by a pause. */
function ending(life: PodLife, afterMs: number, exitCode: number, pace: Pace, policy: RestartPolicy) {
  const at = life.since + afterMs;
  const last = { exitCode, startedAt: life.since, finishedAt: at };
  const ended = { ...life, since: at, ready: false, last };
  if (policy === 'Never' || (policy === 'OnFailure' && exitCode === 0))
    return { at, life: { ...ended, stage: 'ended' as const } };
  if (life.restarts === 0) return { at, life: { ...ended, stage: 'running' as const, restarts: 1 } };
  return { at, life: { ...ended, stage: 'crash-backing-off' as const } };
}

function backOff({ backOffMs }: Pace, restarts: number): number {
  return backOffMs * Math.min(8, 2 ** Math.max(0, restarts - 1));
}
