import type { Random } from '../kernel/prng.ts';
import { logGamma } from './log-gamma.ts';

/** Draws of counts from a seeded source: for simulated traffic in tests, benchmarks and the simulator. */

/** From this mean on rejection is faster than counting up. */
const REJECTION_FROM = 10;

/** A Poisson count; PTRS (Hörmann, Insurance: Mathematics and Economics 1993) for means from 10 on. */
export function randomPoisson(random: Random, mean: number): number {
  return mean < REJECTION_FROM ? poissonByInversion(random, mean) : poissonByRejection(random, mean);
}

function poissonByInversion(random: Random, mean: number): number {
  let left = random();
  let term = Math.exp(-mean);
  let k = 0;
  while (left > term && k < 1000) {
    left -= term;
    k += 1;
    term *= mean / k;
  }
  return k;
}

function poissonByRejection(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const logInverseAlpha = Math.log(1.1239 + 1.1328 / (b - 3.4));
  const accepted = 0.9277 - 3.6224 / (b - 2);
  const logMean = Math.log(mean);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= accepted) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const bound = k * logMean - mean - logGamma(k + 1);
    if (Math.log(v) + logInverseAlpha - Math.log(a / (us * us) + b) <= bound) return k;
  }
}

/**
 * A binomial count; BTRS (Hörmann, Journal of Statistical Computation and Simulation 1993) where at least ten
 * events and ten others are expected, else by skipping geometrically from event to event.
 */
export function randomBinomial(random: Random, n: number, p: number): number {
  if (p > 0.5) return n - randomBinomial(random, n, 1 - p);
  if (n === 0 || p <= 0) return 0;
  return n * p < REJECTION_FROM ? binomialBySkips(random, n, p) : binomialByRejection(random, n, p);
}

function binomialBySkips(random: Random, n: number, p: number): number {
  const scale = 1 / Math.log1p(-p);
  let events = 0;
  let trial = Math.log(1 - random()) * scale;
  while (trial < n) {
    events += 1;
    trial = Math.floor(trial) + 1 + Math.log(1 - random()) * scale;
  }
  return events;
}

function binomialByRejection(random: Random, n: number, p: number): number {
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const accepted = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((n + 1) * p);
  const logOdds = Math.log(p / (1 - p));
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + n * p + 0.5);
    if (us >= 0.07 && v <= accepted) return k;
    if (k < 0 || k > n) continue;
    const bound =
      logGamma(mode + 1) +
      logGamma(n - mode + 1) -
      logGamma(k + 1) -
      logGamma(n - k + 1) +
      (k - mode) * logOdds;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}
