import type { ApprovalRule } from '@sluice/core/gates/approval-rule.ts';
import { NO_GATE_RULES } from '@sluice/core/gates/gate-rules.ts';
import { Chance } from '../clock/chance.ts';
import type { Fault, OperatorAct, Script, VersionScript } from './script.ts';

/** Those who may approve in every story, beside the operator, who asks for releases and may not. */
export const VOTERS = ['ben', 'cy', 'dee', 'eli'] as const;

/** Gates come into the stories of two seeds of five; those of others stay as they were. */
const isGated = (seed: number): boolean => seed % 5 === 0 || seed % 5 === 3;

/**
 * Puts gates into the story of a seed: releases that have to be approved, freezes that come and go, and people who vote, early,
 * late, twice, or against it. What was in the story before stays where it was.
 */
export function withGates(script: Script): Script {
  if (!isGated(script.seed)) return script;
  const chance = new Chance(script.seed ^ 0x6a7e);
  const versions = script.versions.map((version) => gated(chance, version));
  const moments = script.acts.map(({ atMs }) => atMs);
  const near = (): number => Math.max(0, Math.round(chance.oneOf(moments) + chance.between(-4000, 60_000)));
  const closed = Array.from({ length: chance.whole(0, 3) }, (): Fault => {
    const kind = chance.oneOf(['frozen', 'line-stopped', 'line-stopped', 'gates-unknown'] as const);
    return { kind, atMs: near(), forMs: chance.oneOf([3000, 20_000, 90_000, 400_000]) };
  });
  const acts = [...script.acts, ...votesOf(chance, near)].toSorted((a, b) => a.atMs - b.atMs);
  return { ...script, versions, acts, faults: [...script.faults, ...closed] };
}

function gated(chance: Chance, version: VersionScript): VersionScript {
  if (!chance.happens(0.6)) return version;
  const rule: ApprovalRule = {
    needed: chance.oneOf([1, 1, 2]),
    of: ['approver'],
    selfApproval: 'refused',
    expiresMs: chance.oneOf([10_000, 600_000]),
  };
  const gates = {
    ...NO_GATE_RULES,
    approvals: chance.happens(0.8) ? [rule] : [],
    hotfix: chance.oneOf(['approval', 'approval', 'pass', 'wait'] as const),
  };
  return { ...version, strategy: { ...version.strategy, gates } };
}

function votesOf(chance: Chance, near: () => number): readonly OperatorAct[] {
  const votes = Array.from(
    { length: chance.whole(0, 6) },
    (): OperatorAct => ({
      kind: 'vote',
      atMs: near(),
      by: chance.oneOf(['operator', ...VOTERS, ...VOTERS]),
      decision: chance.happens(0.1) ? 'reject' : 'approve',
    }),
  );
  return chance.happens(0.15) ? [...votes, { kind: 'break-glass', atMs: near() }] : votes;
}
