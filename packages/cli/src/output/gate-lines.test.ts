import { expect, test } from 'vitest';
import type { ApprovalsView } from '@sluice/protocol/http/gates.ts';
import type { FreezeView } from '@sluice/protocol/http/gate-rules.ts';
import { approvalRuleLines, approvalWords, budgetLines, freezeLines, windowLines } from './gate-lines.ts';
import { plainStyle } from './style.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const space = { style: plainStyle({ unicode: true }), columns: 200, now: NOW };
const FREEZE: FreezeView = {
  ...{ name: 'sale', scope: { environment: 'production' }, words: '', reason: 'the\u001b[31m sale' },
  system: false,
  ...{ from: NOW - 1, until: null, holds: 'everything', inForce: true, declaredBy: 'otto', declaredAt: NOW },
};

test('a freeze says where, until when, and whether it stops the line, without what a terminal would obey', () => {
  const text = freezeLines(
    [
      FREEZE,
      { ...FREEZE, name: 'next', inForce: false, from: NOW + 3_600_000 },
      { ...FREEZE, scope: {}, system: true },
    ],
    space,
  );
  expect(text[1]).toMatch(/^sale +environment production +now +until lifted +stops the line +otto +the/);
  expect(text[2]).toMatch(/^next +environment production +in 1 h/);
  expect(text[3]).toContain('everywhere, all organisations');
  expect(text.join('')).not.toContain('\u001b');
});

test('approvals say who has given them and who has to', () => {
  const approvals: ApprovalsView = {
    ...{ planHash: 'aa', step: null, asked: true, votes: [] },
    rules: [
      { words: '2 of sre', needed: 2, of: ['sre'], approvedBy: ['person:ben'], granted: false, ignored: [] },
      { words: '1 of boss', needed: 1, of: ['boss'], approvedBy: ['person:cy'], granted: true, ignored: [] },
    ],
    glass: { by: 'person:otto', reason: 'it burns', at: NOW },
  };
  expect(approvalWords(approvals)).toEqual([
    'the glass was broken by person:otto: it burns',
    '1 of 2 given, by 2 of sre: person:ben',
    'given, by 1 of boss: person:cy',
  ]);
  expect(approvalWords(undefined)).toEqual([]);
});

test('where nothing is declared it says what would declare it', () => {
  expect(freezeLines([], space)).toEqual([expect.stringContaining('sluice freeze')]);
  expect(windowLines([], space)).toEqual([expect.stringContaining('No windows')]);
  expect(approvalRuleLines([], space)).toEqual([expect.stringContaining('approvers')]);
  expect(budgetLines([], space)).toEqual([expect.stringContaining('error-budget')]);
});

test('a budget says what is left of it, and whether releases wait', () => {
  const budget = {
    ...{ track: 'shop/production/web', objective: 0.999, windowMs: 28 * 86_400_000, requests: 1000 },
    ...{ errors: 2, left: -1, closed: true, words: '', burns: [] },
  };
  expect(budgetLines([budget], space)[1]).toMatch(
    /^shop\/production\/web +99.9 % in 28 d +-100 % +2 of 1000 +0.0× +wait$/,
  );
});
