import type { JsonObject, JsonValue } from '../kernel/json.ts';

/** What becomes of a release that breaks a policy: it is refused, its reader is warned, or it is only written down. */
export const POLICY_ACTIONS = ['deny', 'warn', 'audit'] as const;

/** One of {@link POLICY_ACTIONS}. */
export type PolicyAction = (typeof POLICY_ACTIONS)[number];

/** Which releases a policy is asked about; a name may hold `*` for any part of it. */
export interface PolicyScope {
  /** Every project where they are left out, as earlier builds wrote it. */
  readonly projects?: readonly string[];
  readonly applications: readonly string[];
  readonly environments: readonly string[];
}

/** The scope of a policy that is asked about every release. */
export const EVERYWHERE: PolicyScope = { projects: ['*'], applications: ['*'], environments: ['*'] };

/** One demand on a label. */
export interface LabelExpression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** Which labels an object must have; empty means any. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly LabelExpression[];
}

/** Which objects are meant, as Kubernetes writes it; `*` stands for any. */
export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly string[];
  /** Empty: any name. */
  readonly resourceNames: readonly string[];
  readonly scope: '*' | 'Namespaced' | 'Cluster';
}

/** Which objects a policy is asked about. */
export interface MatchConstraints {
  readonly resourceRules: readonly ResourceRule[];
  readonly excludeResourceRules: readonly ResourceRule[];
  readonly objectSelector: LabelSelector | null;
  /** Of a namespace only its name is known here, as the label `kubernetes.io/metadata.name`. */
  readonly namespaceSelector: LabelSelector | null;
}

/** A named CEL expression. */
export interface NamedExpression {
  readonly name: string;
  readonly expression: string;
}

/** A CEL expression that is true of whatever keeps to the policy. */
export interface PolicyValidation {
  readonly expression: string;
  /** What a person is told; without both messages, the expression. */
  readonly message: string | null;
  /** CEL that gives the message. */
  readonly messageExpression: string | null;
}

/** How a policy is put into force: several with different parameters are possible. */
export interface PolicyBinding {
  readonly name: string;
  readonly actions: readonly PolicyAction[];
  /** Narrows what the policy is asked about. */
  readonly match: MatchConstraints | null;
  /** What its expressions see as `params`. */
  readonly params: JsonObject | null;
}

/** Rules in CEL that a release has to keep to. */
export interface Policy {
  readonly name: string;
  readonly format: 'ReleasePolicy' | 'ValidatingAdmissionPolicy';
  readonly description: string;
  readonly scope: PolicyScope;
  /** What it means that an expression fails, or takes too long. */
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** Objects that it is asked about, one at a time; null: it is asked once for each component. */
  readonly match: MatchConstraints | null;
  /** Asked first: where one is false, the policy does not apply. */
  readonly matchConditions: readonly NamedExpression[];
  /** Each sees those before it as `variables`. */
  readonly variables: readonly NamedExpression[];
  readonly validations: readonly PolicyValidation[];
  /** CEL that gives a text or null, for the record. */
  readonly auditAnnotations: readonly NamedExpression[];
  readonly bindings: readonly PolicyBinding[];
}

/** What a policy found in one component or object. */
export interface PolicyFinding {
  /** `broken`: a validation is false. `failed`: an expression has no answer, and the policy says that this refuses. */
  readonly kind: 'broken' | 'failed';
  readonly component: string;
  /** `Deployment shop/web-1`; null: the component as a whole. */
  readonly object: string | null;
  readonly message: string;
}

/** What a policy said of a release. */
export interface PolicyOutcome {
  readonly policy: string;
  readonly version: number;
  readonly binding: string;
  readonly actions: readonly PolicyAction[];
  /** Components and objects that it was asked about. */
  readonly asked: number;
  readonly findings: readonly PolicyFinding[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** Anything that an expression can see by its name. */
export type PolicyFacts = Readonly<Record<string, JsonValue>>;
