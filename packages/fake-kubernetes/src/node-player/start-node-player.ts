import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApiCaller } from '../api/api-caller.ts';
import { keyOf } from '../controllers/objects/api-object.ts';
import { NODES } from '../controllers/objects/node.ts';
import { type Pod, hasEnded, isReady } from '../controllers/objects/pod.ts';
import { PODS } from '../controllers/objects/resource.ts';
import { type Clock, systemClock } from '../controllers/watching/clock.ts';
import { ControlLoop } from '../controllers/watching/control-loop.ts';
import { EventRecorder } from '../controllers/watching/event-recorder.ts';
import { Informers } from '../controllers/watching/informers.ts';
import { ObjectAccess, unlessGone } from '../controllers/watching/object-access.ts';
import { behaviourOf } from './behaviour.ts';
import { cordon, drainNode } from './drain.ts';
import { LARGE, type NodeShape, registerNode, renewLease, reportNode } from './played-node.ts';
import { happeningsOf } from './pod-happenings.ts';
import { type Pace, type PodLife, beginLife, lifeAt, resumeLife } from './pod-life.ts';
import { type PodAddress, podStatus } from './pod-status.ts';

/** How many nodes are played, and how fast. */
export interface NodePlayerOptions {
  /** Three unless said otherwise; they are called `played-0`, `played-1` and so on. */
  readonly nodes?: number;
  /** From a node to running, in ms; 300 unless said otherwise. */
  readonly delayMs?: number;
  /** How long pods take to stop, in ms; none unless said otherwise. */
  readonly stopMs?: number;
  /** The first pause after a failed pull or a second crash, in ms; 1,000 unless said otherwise. */
  readonly backOffMs?: number;
  readonly capacity?: NodeShape['capacity'];
  /** Copies that others keep already; the player follows pods and nodes by itself without them. */
  readonly informers?: Informers;
  readonly clock?: Clock;
}

/** Played nodes at work. */
export interface NodePlayer {
  readonly nodes: readonly string[];
  /** Cordons a node and evicts its pods as budgets permit; resolves when they are gone, within a minute or so told. */
  drain(node: string, timeoutMs?: number): Promise<void>;
  /** Lets pods come to a drained node again. */
  uncordon(node: string): Promise<void>;
  /** A node falls silent: it is told to be NotReady, and nothing happens on it any more. */
  kill(node: string): Promise<void>;
  /** A silent node is back: what was to be done on it is done. */
  revive(node: string): Promise<void>;
  stop(): Promise<void>;
}

const HEARTBEAT_MS = 10_000;
const DRAIN_TIMEOUT_MS = 60_000;

/** Plays the nodes of a control plane that has none. See `behaviour.ts` for what pods can be told to do. */
export async function startNodePlayer(
  caller: ApiCaller,
  options: NodePlayerOptions = {},
): Promise<NodePlayer> {
  const clock = options.clock ?? systemClock;
  const informers = options.informers ?? new Informers(caller, clock);
  const access = new ObjectAccess(caller, informers, 'kubelet');
  const shapes = nodeShapes(options);
  const pods = informers.of(PODS);
  const nodes = informers.of(NODES);
  await Promise.all([pods.synced, nodes.synced]);
  for (const shape of shapes.values()) await registerNode(access, shape, clock);

  const silent = new Set<string>();
  const play = new PodPlay(
    { access, clock, shapes, silent, events: new EventRecorder(access, clock) },
    paceOf(options),
  );
  const loop = new ControlLoop(clock, (key) => play.turn(key, pods.byKey(key)), { workers: 32 });
  const end = pods.onChange((now, before) => {
    if (now === undefined && before !== undefined) play.forget(before);
    else if (now?.spec.nodeName !== undefined && shapes.has(now.spec.nodeName)) loop.add(keyOf(now));
  });
  const heart = setInterval(() => {
    for (const name of shapes.keys())
      if (!silent.has(name)) void ignoreAbsence(renewLease(access, name, clock));
  }, HEARTBEAT_MS);
  heart.unref();

  const shapeOf = (name: string): NodeShape => {
    const shape = shapes.get(name);
    if (shape !== undefined) return shape;
    throw new SluiceError('not-found', `no node ${name} is played`, { next: 'stop' });
  };
  return {
    nodes: [...shapes.keys()],
    drain: (node, timeoutMs = DRAIN_TIMEOUT_MS) =>
      drainNode({ access, pods, clock }, shapeOf(node).name, timeoutMs),
    uncordon: (node) => cordon(access, shapeOf(node).name, false),
    kill: async (node) => {
      silent.add(shapeOf(node).name);
      await reportNode(access, shapeOf(node), false, clock);
    },
    revive: async (node) => {
      silent.delete(shapeOf(node).name);
      await renewLease(access, node, clock);
      await reportNode(access, shapeOf(node), true, clock);
      for (const pod of pods.all()) if (pod.spec.nodeName === node) loop.add(keyOf(pod));
    },
    stop: async () => {
      clearInterval(heart);
      end();
      await loop.stop();
      if (options.informers === undefined) informers.stop();
    },
  };
}

/** The server is away; the next beat tells. */
async function ignoreAbsence(beat: Promise<void>): Promise<void> {
  await beat.catch((thrown: unknown) => {
    if (!(thrown instanceof SluiceError)) throw thrown;
  });
}

function nodeShapes({ nodes = 3, capacity = LARGE }: NodePlayerOptions): ReadonlyMap<string, NodeShape> {
  const shapes = Array.from({ length: nodes }, (_, index) => ({
    name: `played-${index}`,
    zone: `zone-${index % 3}`,
    address: `192.168.${index >> 8}.${index & 255}`,
    capacity,
  }));
  return new Map(shapes.map((shape) => [shape.name, shape]));
}

function paceOf({ delayMs = 300, stopMs = 0, backOffMs = 1000 }: NodePlayerOptions): Pace {
  return { startMs: delayMs, stopMs, backOffMs };
}

interface PlayTools {
  readonly access: ObjectAccess;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly shapes: ReadonlyMap<string, NodeShape>;
  readonly silent: ReadonlySet<string>;
}

interface PlayedPod {
  life: PodLife;
  readonly address: PodAddress;
  /** What was last written, to write only what is new. */
  told: string;
  stopAt: number | undefined;
}

/** Brings each pod to the state that its life has come to, and writes it down. */
class PodPlay {
  readonly #tools: PlayTools;
  readonly #pace: Pace;
  readonly #played = new Map<string, PlayedPod>();
  #addresses = 0;

  constructor(tools: PlayTools, pace: Pace) {
    this.#tools = tools;
    this.#pace = pace;
  }

  forget({ metadata }: Pod): void {
    this.#played.delete(metadata.uid);
  }

  /** Answers after how many ms the next thing happens. */
  async turn(key: string, pod: Pod | undefined): Promise<number | undefined> {
    if (pod?.spec.nodeName === undefined || this.#tools.silent.has(pod.spec.nodeName)) return undefined;
    const played = this.#playedOf(pod);
    if (pod.metadata.deletionTimestamp !== undefined) return this.#stop(key, pod, played);
    const behaviour = behaviourOf(pod);
    const policy = pod.spec.restartPolicy ?? 'Always';
    const now = this.#tools.clock.now();
    const before = played.life;
    const { life, passed, nextAt } = lifeAt(before, behaviour, this.#pace, policy, now);
    if (life.stage !== 'starting') await this.#tell(key, pod, played, life, now);
    played.life = life;
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
    if (text === played.told) return;
    const place = { ...pod.metadata, subresource: 'status' };
    unlessGone(await this.#tools.access.patch(PODS, place, { status }, 'strategic'), `tell how ${key} is`);
    played.told = text;
  }

  async #stop(key: string, pod: Pod, played: PlayedPod): Promise<number | undefined> {
    const { access, clock } = this.#tools;
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
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
      address: { podIP: pod.status?.podIP ?? this.#nextAddress(), hostIP: this.#hostOf(pod) },
      told: isAtWork || hasEnded(pod) ? JSON.stringify(life) : '',
      stopAt: undefined,
    };
    this.#played.set(pod.metadata.uid, played);
    return played;
  }

  #hostOf({ spec }: Pod): string {
    return this.#tools.shapes.get(spec.nodeName ?? '')?.address ?? '';
  }

  #nextAddress(): string {
    this.#addresses += 1;
    const number = this.#addresses;
    return `10.${128 + ((number >> 16) & 127)}.${(number >> 8) & 255}.${number & 255}`;
  }
}
