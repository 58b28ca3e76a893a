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
