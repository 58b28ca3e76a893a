import { type Pod, hasEnded, isReady } from '../controllers/objects/pod.ts';
import { PODS } from '../controllers/objects/resource.ts';
import type { Clock } from '../controllers/watching/clock.ts';
import type { EventRecorder } from '../controllers/watching/event-recorder.ts';
import { type ObjectAccess, unlessGone } from '../controllers/watching/object-access.ts';
import { behaviourOf } from './behaviour.ts';
import type { NodeShape } from './played-node.ts';
import { happeningsOf } from './pod-happenings.ts';
import { type Pace, type PodLife, beginLife, lifeAt, resumeLife } from './pod-life.ts';
import { type PodAddress, podStatus } from './pod-status.ts';
import type { RunningPrograms } from './programs.ts';

/** What a player works with. */
export interface PlayTools {
  readonly access: ObjectAccess;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly shapes: ReadonlyMap<string, NodeShape>;
  readonly silent: ReadonlySet<string>;
  /** Undefined: all pods are only played. */
  readonly programs: RunningPrograms | undefined;
}

interface PlayedPod {
  life: PodLife;
  readonly address: PodAddress;
  /** What was last written, to write only what is new. */
  told: string;
  stopAt: number | undefined;
}

/** Brings each pod to the state that its life has come to, and writes it down. */
export class PodPlay {
  readonly #tools: PlayTools;
  readonly #pace: Pace;
  readonly #played = new Map<string, PlayedPod>();
  #addresses = 0;

  constructor(tools: PlayTools, pace: Pace) {
    this.#tools = tools;
    this.#pace = pace;
  }

  forget(pod: Pod): void {
    this.#played.delete(pod.metadata.uid);
    this.#tools.programs?.forget(pod);
  }

  /** Answers after how many ms the next thing happens. */
  async turn(key: string, pod: Pod | undefined): Promise<number | undefined> {
    if (pod?.spec.nodeName === undefined || this.#tools.silent.has(pod.spec.nodeName)) return undefined;
    const played = this.#playedOf(pod);
    if (pod.metadata.deletionTimestamp !== undefined) return this.#stop(key, pod, played);
    const { programs, clock } = this.#tools;
    const now = clock.now();
    const before = played.life;
    const behaviour = programs?.behaviourOf(pod, before, now) ?? behaviourOf(pod);
    const policy = pod.spec.restartPolicy ?? 'Always';
    const { life, passed, nextAt } = lifeAt(before, behaviour, this.#pace, policy, now);
    if (life.stage !== 'starting') await this.#tell(key, pod, played, life, now);
    played.life = life;
    programs?.follow(pod, life);
    let previous = before;
    for (const moment of passed) {
      for (const happening of happeningsOf(pod, previous, moment, behaviour))
        this.#tools.events.record(happening);
      previous = moment;
    }
    return nextAt === Number.POSITIVE_INFINITY ? undefined : Math.max(0, nextAt - now);
  }

  async #tell(key: string, pod: Pod, played: PlayedPod, life: PodLife, now: number): Promise<void> {
    const status = podStatus(pod, life, behaviourOf(pod), played.address, now);
    const text = JSON.stringify(life);
    // Somebody else may have told otherwise, such as a controller while the node was silent.
    if (text === played.told && isReady(pod) === life.ready) return;
    const place = { ...pod.metadata, subresource: 'status' };
    unlessGone(await this.#tools.access.patch(PODS, place, { status }, 'strategic'), `tell how ${key} is`);
    played.told = text;
  }

  async #stop(key: string, pod: Pod, played: PlayedPod): Promise<number | undefined> {
    const { access, clock, programs } = this.#tools;
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    if (programs?.end(pod, graceMs) === false) return undefined;
    const takesMs = Math.min(graceMs, behaviourOf(pod).stopAfterMs ?? this.#pace.stopMs);
    played.stopAt = Math.min(played.stopAt ?? Number.POSITIVE_INFINITY, clock.now() + takesMs);
    if (played.stopAt > clock.now()) return played.stopAt - clock.now();
    // Conflict: another pod has this name by now.
    const written = await access.remove(PODS, pod, { graceSeconds: 0 });
    if (!written.ok && written.status !== 409) unlessGone(written, `end ${key}`);
    return undefined;
  }

  #playedOf(pod: Pod): PlayedPod {
    const known = this.#played.get(pod.metadata.uid);
    if (known !== undefined) return known;
    const now = this.#tools.clock.now();
    const restarts = pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
    const isAtWork = pod.status?.phase === 'Running';
    const life = isAtWork ? resumeLife(now, isReady(pod), restarts) : beginLife(now);
    const played = {
      life: hasEnded(pod) ? { ...life, stage: 'ended' as const } : life,
      address: { podIP: this.#addressOf(pod), hostIP: this.#hostOf(pod) },
      told: isAtWork || hasEnded(pod) ? JSON.stringify(life) : '',
      stopAt: undefined,
    };
    this.#played.set(pod.metadata.uid, played);
    return played;
  }

  #hostOf({ spec }: Pod): string {
    return this.#tools.shapes.get(spec.nodeName ?? '')?.address ?? '';
  }

  #addressOf(pod: Pod): string {
    return this.#tools.programs?.addressOf(pod) ?? pod.status?.podIP ?? this.#nextAddress();
  }

  #nextAddress(): string {
    this.#addresses += 1;
    const number = this.#addresses;
    return `10.${128 + ((number >> 16) & 127)}.${(number >> 8) & 255}.${number & 255}`;
  }
}
