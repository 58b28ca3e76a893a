import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { APPROVAL_EXPIRES_MS, type ApprovalRule, parseApprovers, type Vote } from './approval-rule.ts';
import { countVotes } from './count-votes.ts';

const RULE: ApprovalRule = {
  needed: 2,
  of: ['sre', 'managers'],
  selfApproval: 'refused',
  expiresMs: APPROVAL_EXPIRES_MS,
};
const RELEASE = { requestedBy: 'person:ada', planHash: 'aa', step: null, now: 10_000 };

const vote = (subject: string, more: Partial<Vote> = {}): Vote => ({
  ...{ subject: `person:${subject}`, groups: ['sre'], roles: ['approver'], at: 9000, planHash: 'aa' },
  ...{ decision: 'approve', reason: null, step: null },
  ...more,
});

const ignoredWhy = (...votes: Vote[]) => countVotes(RULE, votes, RELEASE).ignored.map(({ why }) => why);

describe('approvals', () => {
  test('are enough when as many of those named have approved', () => {
    expect(countVotes(RULE, [vote('ben')], RELEASE)).toMatchObject({
      granted: false,
      words: '1 of 2 approvals (person:ben), from sre or managers',
    });
    expect(countVotes(RULE, [vote('ben'), vote('cy', { groups: ['managers'] })], RELEASE)).toMatchObject({
      granted: true,
      approvedBy: ['person:ben', 'person:cy'],
    });
  });

  test('of whoever has lost since what they approved with count for nothing, those of others do', () => {
    const lapsed = ['person:ben', 'person:somebody'];
    expect(countVotes(RULE, [vote('ben'), vote('cy')], { ...RELEASE, lapsed })).toMatchObject({
      granted: false,
      approvedBy: ['person:cy'],
      ignored: [{ subject: 'person:ben', why: 'may not approve any more' }],
    });
  });

  test('count once for each subject, however often it is said', () => {
    expect(countVotes(RULE, [vote('ben'), vote('ben'), vote('ben')], RELEASE).approvedBy).toEqual([
      'person:ben',
    ]);
  });

  test('of whoever asked for the release count for nothing, unless that is allowed', () => {
    expect(ignoredWhy(vote('ada'))).toEqual(['asked for the release, and nobody approves their own']);
    const lenient = { ...RULE, needed: 1, selfApproval: 'allowed' } as const;
    expect(countVotes(lenient, [vote('ada')], RELEASE).granted).toBe(true);
  });

  test('are void when the plan is another one, when they are too old, and for another step', () => {
    expect(ignoredWhy(vote('ben', { planHash: 'bb' }))).toEqual(['approved another plan']);
    expect(ignoredWhy(vote('ben', { at: 9999 - APPROVAL_EXPIRES_MS }))).toEqual(['approved too long ago']);
    expect(countVotes(RULE, [vote('ben', { step: 3 })], RELEASE).approvedBy).toEqual([]);
  });

  test('need one of the roles or groups, as they were when the vote was given', () => {
    expect(ignoredWhy(vote('ben', { groups: [] }))).toEqual([
      'has none of what counts: 2 of sre or managers',
    ]);
    const byRole = { ...RULE, of: ['approver'], needed: 1 };
    expect(countVotes(byRole, [vote('ben', { groups: [] })], RELEASE).granted).toBe(true);
  });

  test('are taken back by a later no', () => {
    expect(ignoredWhy(vote('ben'), vote('ben', { decision: 'reject' }))).toEqual(['said no']);
  });

  test('are never granted by fewer subjects than are needed, in whatever order and number they come', () => {
    const votes = fc.array(
      fc.record({
        subject: fc.constantFrom('person:ada', 'person:ben', 'person:cy', 'token:ci'),
        groups: fc.subarray(['sre', 'other']),
        roles: fc.subarray(['approver']),
        at: fc.integer({ min: 0, max: 10_000 }),
        planHash: fc.constantFrom('aa', 'bb'),
        decision: fc.constantFrom('approve' as const, 'reject' as const),
        reason: fc.constant(null),
        step: fc.constantFrom(null, 1),
      }),
    );
    fc.assert(
      fc.property(votes, fc.integer({ min: 1, max: 4 }), (given, needed) => {
        const eligible = new Set(
          given
            .filter(({ subject, groups, planHash, decision, step }) => {
              const isOther = subject !== 'person:ada' && groups.includes('sre');
              return isOther && planHash === 'aa' && decision === 'approve' && step === null;
            })
            .map(({ subject }) => subject),
        );
        const { granted } = countVotes({ ...RULE, needed }, given, RELEASE);
        return !granted || eligible.size >= needed;
      }),
    );
  });
});

test('approvers are read as people write them', () => {
  expect(parseApprovers('2 of [engineering-managers, sre]')).toEqual({
    needed: 2,
    of: ['engineering-managers', 'sre'],
  });
  expect(parseApprovers('1 of managers or sre')).toEqual({ needed: 1, of: ['managers', 'sre'] });
  expect(parseApprovers('2')).toEqual({ needed: 2, of: [] });
  for (const wrong of ['', '0 of sre', '99 of sre', 'sre', '2 of', '2 of [a', '1 of a b', '-1'])
    expect(parseApprovers(wrong)).toBeUndefined();
});
