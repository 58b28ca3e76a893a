import { describe, expect, it } from 'vitest';
import { Arm, compileTrafficExpression } from './traffic-expression.ts';

const counts = (requests: number, errors: number) => [
  { requests, errors, latency: [], trials: 0, goals: 0, mirrorMismatches: 0 },
];
const facts = { candidate: new Arm(counts(100, 3)), stable: new Arm(counts(1000, 10)), seconds: 60 };

describe('a traffic expression', () => {
  it('compares the sides, with whole numbers and fractions mixed', () => {
    const compiled = compileTrafficExpression(
      'candidate.errorRate < 2 * stable.errorRate && seconds / 2 > 10',
    );
    expect(compiled.ok && compiled.value(facts)).toBe(false);
    const looser = compileTrafficExpression('candidate.errorRate < 4 * stable.errorRate');
    expect(looser.ok && looser.value(facts)).toBe(true);
  });

  const silent = new Arm([]);
  const flawless = new Arm(counts(100, 0).map((arm) => ({ ...arm, latency: [[400, 100]] as const })));

  it.each([
    ['candidate.errorRate < 2.0 * stable.errorRate', silent],
    ['candidate.p99 < stable.p99 + 50.0', silent],
    ['candidate.p95 < 200.0 && candidate.p95 < 1.5 * stable.p95', silent],
    ['int(candidate.requests) / int(stable.requests) < 5', silent],
    ['int(candidate.errors) / int(stable.errors) < 2', flawless],
    ['candidate.errorRate / stable.errorRate < 2.0', flawless],
    ['[candidate.p50, candidate.p90][5] > 1.0', flawless],
  ])('says nothing where %s has no value', (text, stable) => {
    const compiled = compileTrafficExpression(text);
    expect(compiled.ok && compiled.value({ candidate: flawless, stable, seconds: 60 })).toBe(null);
  });

  it('answers for a side without requests what it was told to', () => {
    const careful = compileTrafficExpression(
      'stable.requests == 0.0 || candidate.p95 / stable.p95 < 1.5 && candidate.errorRate < 0.01',
    );
    const facts = { candidate: flawless, stable: silent, seconds: 60 };
    expect(careful.ok && careful.value(facts)).toBe(true);
    expect(careful.ok && careful.value({ ...facts, stable: flawless })).toBe(true);
    const strict = compileTrafficExpression('candidate.errors / seconds < 0.01 && candidate.p95 < 1.0');
    expect(strict.ok && strict.value(facts)).toBe(false);
  });

  it.each([
    ['candidate.errorRat < 1', 'No such key'],
    ['candidate.errors', 'gives double'],
    ['candidat.errors > 1', 'Unknown variable'],
    ['1 +', 'Unexpected token'],
    ['"a".matches("(a+)+$")', 'uses matches'],
  ])('refuses %s and says why', (text, why) => {
    const compiled = compileTrafficExpression(text);
    expect(compiled.ok).toBe(false);
    if (!compiled.ok) expect(compiled.refusal.message).toContain(why);
  });
});
