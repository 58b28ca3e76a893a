import { parseDuration } from '@sluice/core/kernel/duration.ts';
import type { Pod } from '../controllers/objects/pod.ts';

/**
 * How a played pod behaves. It is told by annotations of the pod, which may change while it runs:
 *
 * | annotation `play.sluice.dev/…` | value | what happens |
 * | --- | --- | --- |
 * | `start-after` | `2s` | its containers run so long after a node was given; the delay of the player without it |
 * | `ready` | `never` | it runs and its readiness probe fails, from now on |
 * | `ready-after` | `2s` | it gets ready so long after its containers run |
 * | `crash` | `loop` | it crashes again and again, and is started again after ever longer pauses |
 * | `crash` | `once` | it crashes once and then runs |
 * | `crash-after` | `2s` | how long a container runs before it crashes; 100 ms without it |
 * | `exit-code` | `137` | the code that it crashes or ends with; 1 for a crash and 0 for an end without it |
 * | `pull` | `ErrImagePull` | the image cannot be pulled; the value is the first reason that is told |
 * | `run-for` | `1s` | how long the containers of a Job run; 100 ms without it |
 * | `stop-after` | `5s` | how long it takes to stop, at most its grace period |
 *
 * An image with the tag `broken` cannot be pulled.
 */
export interface Behaviour {
  /** Null: as the player does. */
  readonly startAfterMs: number | null;
  /** Null: never. */
  readonly readyAfterMs: number | null;
  readonly crash: { readonly kind: 'loop' | 'once'; readonly afterMs: number } | null;
  readonly exitCode: number | null;
  /** The reason why the image cannot be pulled; null: it can. */
  readonly pullFailure: string | null;
  /** How long its containers run before they end by themselves; null: for ever. */
  readonly runForMs: number | null;
  /** Null: as the player does. */
  readonly stopAfterMs: number | null;
}

/** The prefix of all annotations that a played node reads. */
export const PLAY = 'play.sluice.dev/';

const SOON_MS = 100;

/** Reads how a pod behaves; what cannot be read counts as not said. */
export function behaviourOf(pod: Pod): Behaviour {
  const said = (name: string): string | undefined => pod.metadata.annotations?.[PLAY + name];
  const duration = (name: string): number | null => parseDuration(said(name) ?? '') ?? null;
  const crash = said('crash');
  const exitCode = said('exit-code');
  const endsByItself = (pod.spec.restartPolicy ?? 'Always') !== 'Always';
  return {
    startAfterMs: duration('start-after'),
    readyAfterMs: said('ready') === 'never' ? null : (duration('ready-after') ?? 0),
    crash:
      crash === 'loop' || crash === 'once'
        ? { kind: crash, afterMs: duration('crash-after') ?? SOON_MS }
        : null,
    exitCode: exitCode === undefined ? null : Number(exitCode),
    pullFailure: said('pull') ?? (hasBrokenImage(pod) ? 'ErrImagePull' : null),
    runForMs: endsByItself ? (duration('run-for') ?? SOON_MS) : null,
    stopAfterMs: duration('stop-after'),
  };
}

function hasBrokenImage({ spec }: Pod): boolean {
  return spec.containers.some(({ image }) => image.endsWith(':broken'));
}
