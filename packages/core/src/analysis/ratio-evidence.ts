import type { Batch } from './batch.ts';

/**
 * RATIO (judge.md 3.1): bets that the candidate's odds of an event are a multiple of stable's. Given the trials of
 * both arms and the events of both together, the candidate's events are hypergeometric when the odds are equal,
 * whatever the common rate in that batch is; so the bets stay fair under any shared trouble, share or weight step.
 */

/** The odds ratios betted on, with equal weights. The choice hardly matters (judge.md 3.1); not tunable. */
export const RATIO_BETS: readonly number[] = [1.1, 1.25, 1.5, 2, 3, 5, 10, 30, 100, 1000];
const LOG_RATIO_BETS = RATIO_BETS.map(Math.log);

/** The log evidence of each bet before the first batch. */
export const freshBets = (): number[] => RATIO_BETS.map(() => 0);

/**
 * Adds a closed batch to the log evidence of each bet, in place.
 * The four bounds of ln E[odds^k] are with-replacement ones (Hoeffding 1963); with a margin above 1 their differences
 * bound the noncentral normaliser, because Fisher's distribution shifts less than the binomial one as odds grow.
 * @param bets the log evidence per bet, in the order of `RATIO_BETS`
 * @param margin the ratio that is still acceptable, at least 1
 * @param dispersion what counts are divided by, at least 1
 */
export function addRatioBatch(bets: number[], batch: Batch, margin: number, dispersion: number): void {
  const events = batch.candidateEvents + batch.stableEvents;
  if (events === 0) return;
  const trials = batch.candidateTrials + batch.stableTrials;
  const share = batch.candidateTrials / trials;
  const rate = events / trials;
  const others = trials - events;
  const logMargin = margin === 1 ? 0 : Math.log(margin);
  const m1 = margin === 1 ? 0 : events * Math.log1p(share * (margin - 1));
  const m2 = margin === 1 ? 0 : batch.candidateTrials * Math.log1p(rate * (margin - 1));
  const m3 = margin === 1 ? 0 : events * logMargin + batch.stableTrials * Math.log1p(rate * (1 / margin - 1));
  const m4 =
    margin === 1 ? 0 : batch.candidateTrials * logMargin + others * Math.log1p(share * (1 / margin - 1));
  for (let i = 0; i < bets.length; i++) {
    const logBet = LOG_RATIO_BETS[i] ?? 0;
    const odds = (RATIO_BETS[i] ?? 1) * margin;
    const logOdds = logBet + logMargin;
    const b1 = events * Math.log1p(share * (odds - 1)) - m1;
    const b2 = batch.candidateTrials * Math.log1p(rate * (odds - 1)) - m2;
    const b3 = events * logOdds + batch.stableTrials * Math.log1p(rate * (1 / odds - 1)) - m3;
    const b4 = batch.candidateTrials * logOdds + others * Math.log1p(share * (1 / odds - 1)) - m4;
    bets[i] = (bets[i] ?? 0) + (batch.candidateEvents * logBet - Math.min(b1, b2, b3, b4)) / dispersion;
  }
}
