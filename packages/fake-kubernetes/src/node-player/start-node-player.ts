import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApiCaller } from '../api/api-caller.ts';
import { keyOf } from '../controllers/objects/api-object.ts';
import { NODES } from '../controllers/objects/node.ts';
import { PODS } from '../controllers/objects/resource.ts';
import { type Clock, systemClock } from '../controllers/watching/clock.ts';
import { ControlLoop } from '../controllers/watching/control-loop.ts';
import { EventRecorder } from '../controllers/watching/event-recorder.ts';
import { Informers } from '../controllers/watching/informers.ts';
import { ObjectAccess } from '../controllers/watching/object-access.ts';
import { cordon, drainNode } from './drain.ts';
import { LARGE, type NodeShape, registerNode, renewLease, reportNode } from './played-node.ts';
import type { Pace } from './pod-life.ts';
import { PodPlay } from './pod-play.ts';
import { type Programs, RunningPrograms } from './programs.ts';

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
  /** Which pods are real processes of this machine; none unless said otherwise. They live by the system's clock. */
  readonly programs?: Programs;
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
  const programs =
    options.programs && (await RunningPrograms.start(options.programs, (pod) => loop.add(keyOf(pod))));
  const play = new PodPlay(
    { access, clock, shapes, silent, events: new EventRecorder(access, clock), programs },
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
      await programs?.stop();
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
