import { formatOdds } from '@sluice/core/analysis/explain-judgement.ts';
import type { EvidenceView } from '@sluice/protocol/http/views.ts';
import type { Style, Tone } from './style.ts';
import { harmless } from './text-width.ts';

const TONES: Readonly<Record<EvidenceView['verdict'], Tone>> = {
  pass: 'good',
  fail: 'bad',
  inconclusive: 'accent',
  'no-data': 'warn',
  'provider-error': 'warn',
};

/** What is known, as odds; then, in the judge's own sentences, what is ruled out and how much is missing. */
export function evidenceLines(evidence: EvidenceView, style: Style): readonly string[] {
  return [evidenceWords(evidence, style), ...evidence.sentences.slice(1).map(harmless)];
}

/** Where nobody counts requests: a verdict that came of something else, such as a measurement; no odds, and no silence. */
export function uncountedLines({ verdict, detail }: EvidenceView, style: Style): readonly string[] {
  if (verdict !== 'fail' && verdict !== 'provider-error') return [];
  return [`${style.paint(TONES[verdict], verdict.replace('-', ' '))}: ${harmless(detail)}`];
}

/** The verdict so far with its odds: `inconclusive: odds 1 : 3 that it is worse`. */
export function evidenceWords(evidence: EvidenceView, style: Style): string {
  const { verdict, oddsAgainst, leaning, attribution, sentences } = evidence;
  const verdictText = style.paint(TONES[verdict], verdict.replace('-', ' '));
  if (verdict === 'no-data' || verdict === 'provider-error') return `${verdictText}: nothing is concluded`;
  // The odds for "good enough" stand in the judge's first sentence only.
  const favour = verdict === 'pass' || leaning === 'for' ? sentences[0] : undefined;
  if (favour !== undefined) return `${verdictText}: ${harmless(favour)}`;
  const where = attribution !== null && leaning === 'against' ? ` in ${harmless(attribution)}` : '';
  const lean = verdict === 'inconclusive' && leaning === 'against' ? ', leaning against it' : '';
  return `${verdictText}: odds ${formatOdds(oddsAgainst)} that it is worse${where}${lean}`;
}
