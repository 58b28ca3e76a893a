import type { KindRules } from '../server/kind-rules.ts';
import type { ResourceType } from '../server/resource-type.ts';
import { autoscalingRules } from '../kinds/autoscaling-rules.ts';
import { configRules } from '../kinds/config-rules.ts';
import { definitionRules } from '../kinds/definition-rules.ts';
import { jobRules } from '../kinds/job-rules.ts';
import { namespaceRules } from '../kinds/namespace-rules.ts';
import { podRules } from '../kinds/pod-rules.ts';
import { policyRules } from '../kinds/policy-rules.ts';
import { serviceRules } from '../kinds/service-rules.ts';
import { workloadRules } from '../kinds/workload-rules.ts';

const rules: Readonly<Record<string, KindRules>> = {
  ...autoscalingRules,
  ...configRules,
  ...definitionRules,
  ...jobRules,
  ...namespaceRules,
  ...podRules,
  ...policyRules,
  ...serviceRules,
  ...workloadRules,
};

const none: KindRules = {};

/** What the server does with objects of a type besides storing them. */
export function rulesOf({ group, kind, custom }: Pick<ResourceType, 'group' | 'kind' | 'custom'>): KindRules {
  return custom === undefined ? (rules[`${group}/${kind}`] ?? none) : none;
}
