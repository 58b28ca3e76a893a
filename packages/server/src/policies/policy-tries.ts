import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Policy, PolicyOutcome } from '@sluice/core/policy/policy.ts';
import { settlePolicies } from '@sluice/core/policy/settle-policies.ts';
import { readManifests } from '@sluice/kubernetes/adopt/read-manifests.ts';
import type { PolicyTestRequest, PolicyTestView } from '@sluice/protocol/http/policies.ts';
import type { ReleaseReply } from '@sluice/protocol/http/requests.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { readPolicies } from './files/read-policies.ts';
import type { PolicyGate } from './policy-gate.ts';
import { invalidFile, nothingStands, nothingToTest } from './policy-refusals.ts';
import type { StandingRelease } from '../rollouts/standing-release.ts';

/** Asks policies without changing anything. */
export interface PolicyTries {
  objects(request: PolicyTestRequest): Promise<Result<PolicyTestView, Problem>>;
  /** About what the track of the request has now. */
  standing(request: PolicyTestRequest): Promise<Result<PolicyTestView, Problem>>;
  /** @param plan what the release would become, by the policies given or by those in force */
  releasing(
    request: PolicyTestRequest,
    plan: (policies: readonly Policy[] | undefined) => Promise<Result<ReleaseReply, Problem>>,
  ): Promise<Result<PolicyTestView, Problem>>;
}

/** Tries over a gate. */
export const policyTries = (
  gate: Pick<PolicyGate, 'judge' | 'judgeObjects'>,
  standing: StandingRelease,
): PolicyTries => ({
  objects: async ({ text, file, objects, application, environment, by }) => {
    if (objects === undefined) return nothingToTest();
    const policies = triedPolicies(text, file);
    if (!policies.ok) return policies;
    const read = readManifests(objects, 'objects');
    if (!read.ok) return invalidFile('objects', read.faults);
    const documents = read.documents.map(({ object }) => object);
    const place = { application, environment, by };
    const tried = policies.value === undefined ? {} : { policies: policies.value };
    return ok(viewOf(await gate.judgeObjects({ ...place, ...tried, objects: documents })));
  },
  standing: async ({ text, file, track = '', by }) => {
    const policies = triedPolicies(text, file);
    if (!policies.ok) return policies;
    const release = await standing(trackIdFrom(track), by);
    return release ? ok(viewOf(await gate.judge(release, policies.value))) : nothingStands(track);
  },
  releasing: async ({ text, file }, plan) => {
    const policies = triedPolicies(text, file);
    if (!policies.ok) return policies;
    const planned = await plan(policies.value);
    return planned.ok ? ok(viewOf(planned.value.policies ?? [])) : planned;
  },
});

function triedPolicies(
  text: string | undefined,
  file: string,
): Result<readonly Policy[] | undefined, Problem> {
  if (text === undefined) return ok(undefined);
  const read = readPolicies(text, file);
  return read.ok ? ok(read.policies) : invalidFile(file, read.faults);
}

function viewOf(outcomes: readonly PolicyOutcome[]): PolicyTestView {
  const { denials, warnings } = settlePolicies(outcomes);
  return {
    allowed: denials.length === 0,
    denials: [...denials],
    warnings: [...warnings],
    outcomes: outcomes.map(({ actions, findings, annotations, ...outcome }) => ({
      ...outcome,
      actions: [...actions],
      findings: findings.map((finding) => ({ ...finding })),
      annotations: { ...annotations },
    })),
  };
}
