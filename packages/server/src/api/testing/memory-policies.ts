import { ok } from '@sluice/core/kernel/result.ts';
import type { Policy } from '@sluice/core/policy/policy.ts';
import type { PolicyView } from '@sluice/protocol/http/policies.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import { readPolicies } from '../../policies/files/read-policies.ts';
import { writePolicy } from '../../policies/files/write-policy.ts';
import { invalidFile, noFile, unknownPolicy } from '../../policies/policy-refusals.ts';
import { policyTries } from '../../policies/policy-tries.ts';
import type { ApiParts } from '../api-parts.ts';

/** For tests: policies in memory, which nobody breaks. */
export function memoryPolicies(): NonNullable<ApiParts['policies']> {
  const known = new Map<string, { readonly view: PolicyView; readonly policy: Policy }>();
  return {
    tries: policyTries({ judgeObjects: async () => [], judge: async () => [] }, async () => null),
    registry: {
      page: async ({ cursor, limit }) => {
        const after = [...known.keys()].sort().filter((name) => cursor === null || name > cursor);
        const names = after.slice(0, limit);
        const items = names.flatMap((name) => known.get(name)?.view ?? []);
        return { items, next: after.length > limit ? (names.at(-1) ?? null) : null };
      },
      policy: async (name) => {
        const one = known.get(name);
        if (!one) return unknownPolicy(name);
        const versions = [{ version: 1, at: SAMPLE_TIME, by: 'ada', removed: false }];
        return ok({ ...one.view, document: { ...one.policy }, text: writePolicy(one.policy), versions });
      },
      add: async ({ text, file, by }) => {
        if (text === undefined) return noFile();
        const read = readPolicies(text, file);
        if (!read.ok) return invalidFile(file, read.faults);
        for (const policy of read.policies) known.set(policy.name, { policy, view: viewOf(policy, by) });
        const items = read.policies.map((policy) => ({ ...viewOf(policy, by), change: 'added' as const }));
        return ok({ items, notes: [] });
      },
      remove: async (name) => {
        const one = known.get(name);
        known.delete(name);
        return one ? ok(one.view) : unknownPolicy(name);
      },
      check: (text, file) => {
        const read = readPolicies(text, file);
        return read.ok
          ? { ok: true, policies: read.policies.map(({ name }) => name), notes: [], faults: [] }
          : { ok: false, policies: [], notes: [], faults: [...read.faults] };
      },
    },
  };
}

const viewOf = ({ name, format, description, failurePolicy }: Policy, by: string): PolicyView => ({
  ...{ name, version: 1, format, description, failurePolicy, changedAt: SAMPLE_TIME, changedBy: by },
  ...{ projects: ['*'], applications: ['*'], environments: ['*'], actions: ['deny'] },
});
