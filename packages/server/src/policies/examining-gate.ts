import { isInScope, matchesObject } from '@sluice/core/policy/match-policy.ts';
import type { Policy, PolicyBinding, PolicyFinding, PolicyOutcome } from '@sluice/core/policy/policy.ts';
import { DEFAULT_PROJECT } from '../store/access/grants.ts';
import type { PolicyAnswer } from './cel/ask-policy.ts';
import type { PolicyGate } from './policy-gate.ts';
import { objectSubject, podOf, type PolicySubject, subjectsOf } from './policy-subjects.ts';
import type { PolicyExaminer } from './thread/policy-examiner.ts';

/** A policy in one of its versions. */
export interface VersionedPolicy {
  readonly policy: Policy;
  /** 0: it is only being tried. */
  readonly version: number;
}

/** What the gate works with. */
export interface GateParts {
  readonly inForce: () => Promise<readonly VersionedPolicy[]>;
  /** The project of an application; everything is in `default` without. */
  readonly projectOf?: (application: string) => Promise<string>;
  readonly examiner: Pick<PolicyExaminer, 'ask'>;
}

/** Findings of one policy; further ones say nothing new. */
const MOST_FINDINGS = 50;

/** Asks the policies in force about releases. */
export function examiningGate({
  inForce,
  projectOf = async () => DEFAULT_PROJECT,
  examiner,
}: GateParts): PolicyGate {
  const chosen = async (tried: readonly Policy[] | undefined): Promise<readonly VersionedPolicy[]> =>
    tried?.map((policy) => ({ policy, version: 0 })) ?? (await inForce());
  const outcomes = async (
    policies: readonly VersionedPolicy[],
    subjects: readonly PolicySubject[],
  ): Promise<readonly PolicyOutcome[]> => {
    const asked = policies.flatMap((policy) =>
      policy.policy.bindings.map((binding) => ({ policy, binding })),
    );
    return Promise.all(
      asked.map(({ policy, binding }) => outcomeOf(examiner, { policy, binding, subjects })),
    );
  };
  return {
    judge: async (release, tried) => {
      const all = await chosen(tried);
      if (all.length === 0) return [];
      const placed = { ...release, project: release.project ?? (await projectOf(release.application)) };
      const policies = all.filter(({ policy }) => isInScope(policy.scope, placed));
      return policies.length === 0 ? [] : outcomes(policies, subjectsOf(placed));
    },
    judgeObjects: async ({ objects, by, policies: tried, ...named }) => {
      const place = { ...named, project: await projectOf(named.application) };
      const policies = (await chosen(tried)).filter(({ policy }) => isInScope(policy.scope, place));
      const component = place.application;
      const facts = { release: { ...place, by, dryRun: true } };
      const all = [...objects, ...objects.flatMap(podOf)];
      return outcomes(
        policies,
        all.map((object) => objectSubject(object, { component, facts, by, dryRun: true })),
      );
    },
  };
}

interface Asked {
  readonly policy: VersionedPolicy;
  readonly binding: PolicyBinding;
  readonly subjects: readonly PolicySubject[];
}

async function outcomeOf(
  examiner: GateParts['examiner'],
  { policy: { policy, version }, binding, subjects }: Asked,
): Promise<PolicyOutcome> {
  const about = subjects.filter((subject) => isAskedAbout(policy, binding, subject));
  const facts = about.map((subject) => ({ ...subject.facts, params: binding.params }));
  const answers = about.length === 0 ? [] : await examiner.ask(policy, facts);
  const findings = answers.flatMap((answer, at) => findingsOf(policy, about[at], answer));
  return {
    ...{ policy: policy.name, version, binding: binding.name, actions: binding.actions },
    asked: answers.filter(({ applies }) => applies).length,
    findings: findings.slice(0, MOST_FINDINGS),
    annotations: Object.assign({}, ...answers.map(({ annotations }) => annotations)) as Record<
      string,
      string
    >,
  };
}

function isAskedAbout(policy: Policy, binding: PolicyBinding, { object }: PolicySubject): boolean {
  const { match } = policy;
  if (match === null) return object === null;
  if (object === null || !matchesObject(match, object.matched)) return false;
  return binding.match === null || matchesObject(binding.match, object.matched);
}

function findingsOf(
  { failurePolicy }: Policy,
  subject: PolicySubject | undefined,
  { broken, failed }: PolicyAnswer,
): readonly PolicyFinding[] {
  if (subject === undefined) return [];
  const { component, object } = subject;
  const of = { component, object: object?.words ?? null };
  const refusing = failurePolicy === 'Fail' ? failed : [];
  return [
    ...broken.map((message): PolicyFinding => ({ kind: 'broken', ...of, message })),
    ...refusing.map(
      (message): PolicyFinding => ({ kind: 'failed', ...of, message: `it has no answer: ${message}` }),
    ),
  ];
}
