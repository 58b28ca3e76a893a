import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import type { Step, UserMatch } from '@sluice/core/rollout/step.ts';
import { requiredInstances } from '@sluice/core/traffic/capacity.ts';
import {
  basisPointsOf,
  canaryPods,
  type CanaryScale,
  podsByWeight,
  type PodsBySide,
  type ScaleRule,
  stablePods,
} from './canary-capacity.ts';

/** What the traffic and the pods are to be like from a step on. */
interface Standing {
  readonly weight: number;
  readonly rule: ScaleRule;
  readonly matches: ReadonlyMap<string, readonly UserMatch[]>;
  /** Share of the requests that are mirrored, by the name of the route. */
  readonly mirrors: ReadonlyMap<string, number>;
}

const NOTHING: Standing = { weight: 0, rule: { kind: 'follow' }, matches: new Map(), mirrors: new Map() };

/**
 * A plan under construction. Purpose: Argo's steps say what holds from then on, the engine's say what to do; this keeps
 * what holds and writes down what brings it about. It owns the list of steps.
 *
 * 1. The first step provisions, so that nothing is put before it and indexes stay.
 * 2. Nobody gets a share before the pods that carry it are provisioned, and nobody's pods go before the share.
 * 3. Where the number of pods makes the share, each shift stands between two provisions, as the engine would put them.
 */
export class CanaryPlan {
  readonly #scale: CanaryScale;
  readonly #byPods: boolean;
  readonly #steps: Step[] = [];
  #standing: Standing = NOTHING;
  #pods: PodsBySide;
  #shifted = '';
  #isSwitched = false;

  constructor(scale: CanaryScale, byPods: boolean) {
    this.#scale = scale;
    this.#byPods = byPods;
    this.#pods = { candidate: 0, stable: scale.replicas };
    this.#shifted = this.#splitText(NOTHING);
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  get weight(): number {
    return this.#standing.weight;
  }

  get rule(): ScaleRule {
    return this.#standing.rule;
  }

  /** Pods of the candidate as the last step has them. */
  get candidates(): number {
    return this.#pods.candidate;
  }

  /** Whether any request reaches the candidate. */
  get isReached(): boolean {
    const { weight, matches, mirrors } = this.#standing;
    return weight > 0 || matches.size > 0 || mirrors.size > 0;
  }

  /** Brings about what holds from now on; what is not named stays. Returns how many pods were put on top of Argo's number. */
  stand(change: Partial<Standing>): number {
    this.#standing = { ...this.#standing, ...change };
    return this.#byPods ? this.#standByPods() : this.#standExactly();
  }

  withMatches(name: string, matches: readonly UserMatch[]): number {
    const all = new Map(this.#standing.matches);
    all.delete(name);
    if (matches.length > 0) all.set(name, matches);
    return this.stand({ matches: all });
  }

  withMirror(name: string, basisPoints: number): number {
    const all = new Map(this.#standing.mirrors);
    all.delete(name);
    if (basisPoints > 0) all.set(name, basisPoints);
    return this.stand({ mirrors: all });
  }

  hold(durationMs: number): void {
    this.#begin();
    this.#steps.push({ kind: 'hold', durationMs });
  }

  approve(prompt: string): void {
    this.#begin();
    this.#steps.push({ kind: 'approve', prompt });
  }

  /** Measures while the candidate has its share. Where it has none, or all of it, silence says nothing and time is the clock's. */
  measure(durationMs: number, measurements: readonly MeasurementSpec[]): void {
    this.#begin();
    this.#steps.push(
      this.#isSwitched || !this.isReached
        ? { kind: 'settle', durationMs, criteria: [], measurements }
        : { kind: 'judge', durationMs, criteria: [], early: false, winner: null, measurements },
    );
  }

  /** Everything to the candidate, and the old copy away after a delay. */
  finish(keepOldMs: number): readonly Step[] {
    if (!this.#isSwitched) {
      this.#provision({ candidate: this.#scale.replicas, stable: this.#pods.stable });
      this.#switch();
    }
    return [...this.#steps, { kind: 'retire', delayMs: keepOldMs }];
  }

  #standExactly(): number {
    const { weight, rule } = this.#standing;
    const argos = canaryPods(this.#scale, rule, weight);
    const share = basisPointsOf(weight, this.#scale.maxWeight);
    const needed = Math.max(requiredInstances(share, this.#scale.replicas), this.isReached ? 1 : 0);
    const wanted = { candidate: Math.max(argos, needed), stable: stablePods(this.#scale, weight) };
    this.#provision({
      candidate: Math.max(wanted.candidate, this.#pods.candidate),
      stable: Math.max(wanted.stable, this.#pods.stable),
    });
    this.#shift(share);
    this.#provision(wanted);
    return wanted.candidate - argos;
  }

  #standByPods(): number {
    const { weight } = this.#standing;
    const { maxWeight, replicas } = this.#scale;
    if (weight === 0) this.#begin();
    else if (weight === maxWeight) {
      this.#provision({ candidate: replicas, stable: this.#pods.stable });
      this.#shift(WHOLE_BASIS_POINTS);
    } else {
      const { candidate, stable } = podsByWeight(weight, this.#scale);
      this.#provision({ candidate, stable: this.#pods.stable }, true);
      this.#shift(Math.round((candidate * WHOLE_BASIS_POINTS) / (candidate + stable)), true);
      this.#provision({ candidate, stable }, true);
    }
    return 0;
  }

  #begin(): void {
    if (this.#steps.length === 0) this.#provision(this.#pods, true);
  }

  #provision(pods: PodsBySide, always = false): void {
    const isSame = pods.candidate === this.#pods.candidate && pods.stable === this.#pods.stable;
    const isRepeated = isSame && this.#steps.at(-1)?.kind === 'provision';
    if (isRepeated || (isSame && !always && this.#steps.length > 0)) return;
    this.#pods = pods;
    this.#steps.push({ kind: 'provision', ...pods, dedicatedPorts: false });
  }

  #shift(shareBasisPoints: number, always = false): void {
    const text = this.#splitText(this.#standing);
    if (text === this.#shifted && !always) return;
    this.#shifted = text;
    if (this.#standing.weight === this.#scale.maxWeight) return this.#switch();
    this.#isSwitched = false;
    const { matches, mirrors } = this.#standing;
    this.#steps.push({
      kind: 'shift',
      shareBasisPoints,
      matches: [...matches.values()].flat(),
      mirrorBasisPoints: Math.max(0, ...mirrors.values()),
      sticky: null,
    });
  }

  #switch(): void {
    if (this.#isSwitched) return;
    this.#isSwitched = true;
    this.#steps.push({ kind: 'switch' });
  }

  #splitText({ weight, matches, mirrors }: Standing): string {
    return JSON.stringify([weight, [...matches], [...mirrors]]);
  }
}
