/** The files that policies are written in: those of Kubernetes, and a short form of ours. */
import { POLICY_ACTIONS } from '@sluice/core/policy/policy.ts';
import { z } from 'zod';

const expression = z.string().min(1).max(20_000);
const named = z.strictObject({ name: z.string().min(1).max(253), expression });
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'a variable is named like one of CEL');
const variable = z.strictObject({ name: variableName, expression });
const texts = z.array(z.string().min(1).max(253)).max(200);

const selectorSchema = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: texts.default([]),
      }),
    )
    .max(100)
    .default([]),
});

const ruleSchema = z.strictObject({
  apiGroups: texts.or(z.array(z.string())).default(['*']),
  apiVersions: texts.default(['*']),
  resources: texts,
  operations: z.array(z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*'])).default(['*']),
  resourceNames: texts.default([]),
  scope: z.enum(['*', 'Namespaced', 'Cluster']).default('*'),
});

/** What objects are meant; the same in policies and bindings. */
export const matchSchema = z.strictObject({
  resourceRules: z.array(ruleSchema).max(100).default([]),
  excludeResourceRules: z.array(ruleSchema).max(100).default([]),
  objectSelector: selectorSchema.nullish(),
  namespaceSelector: selectorSchema.nullish(),
  // An object has one form here, so that both mean the same.
  matchPolicy: z.enum(['Exact', 'Equivalent']).optional(),
});

const validationSchema = z.strictObject({
  expression,
  message: z.string().max(10_000).optional(),
  messageExpression: expression.optional(),
  reason: z.string().max(100).optional(),
});

const metadata = z
  .object({
    name: z
      .string()
      .max(253)
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'a name is of lower-case letters, digits, "-" and "."'),
    annotations: z.record(z.string(), z.string()).optional(),
  })
  .loose();

/** `ValidatingAdmissionPolicy`, version 1. */
export const admissionPolicySchema = z.object({
  apiVersion: z.literal('admissionregistration.k8s.io/v1'),
  kind: z.literal('ValidatingAdmissionPolicy'),
  metadata,
  spec: z.strictObject({
    failurePolicy: z.enum(['Fail', 'Ignore']).default('Fail'),
    matchConstraints: matchSchema,
    matchConditions: z.array(named).max(64).default([]),
    paramKind: z.strictObject({ apiVersion: z.string(), kind: z.string() }).nullish(),
    variables: z.array(variable).max(200).default([]),
    validations: z.array(validationSchema).max(200).default([]),
    auditAnnotations: z
      .array(z.strictObject({ key: z.string().min(1).max(63), valueExpression: expression }))
      .max(20)
      .default([]),
  }),
});

/** `ValidatingAdmissionPolicyBinding`, version 1. */
export const admissionBindingSchema = z.object({
  apiVersion: z.literal('admissionregistration.k8s.io/v1'),
  kind: z.literal('ValidatingAdmissionPolicyBinding'),
  metadata,
  spec: z.strictObject({
    policyName: z.string(),
    validationActions: z.array(z.enum(['Deny', 'Warn', 'Audit'])).min(1),
    paramRef: z
      .strictObject({
        name: z.string().optional(),
        namespace: z.string().optional(),
        selector: selectorSchema.optional(),
        parameterNotFoundAction: z.enum(['Allow', 'Deny']).optional(),
      })
      .nullish(),
    matchResources: matchSchema.nullish(),
  }),
});

/** Our own form: rules about what is released, whatever runs it. */
export const releasePolicySchema = z.object({
  apiVersion: z.literal('sluice.dev/v1'),
  kind: z.literal('ReleasePolicy'),
  metadata,
  spec: z.strictObject({
    description: z.string().max(2_000).default(''),
    projects: texts.default(['*']),
    applications: texts.default(['*']),
    environments: texts.default(['*']),
    action: z.enum(POLICY_ACTIONS).default('deny'),
    failurePolicy: z.enum(['Fail', 'Ignore']).default('Fail'),
    objects: matchSchema.optional(),
    params: z.record(z.string(), z.unknown()).optional(),
    matchConditions: z.array(named).max(64).default([]),
    variables: z.array(variable).max(200).default([]),
    validations: z.array(validationSchema).min(1).max(200),
  }),
});

/** A policy of Kubernetes, with every default filled in. */
export type AdmissionPolicyFile = z.infer<typeof admissionPolicySchema>;
/** A binding of Kubernetes, with every default filled in. */
export type AdmissionBindingFile = z.infer<typeof admissionBindingSchema>;
/** A policy in our own form, with every default filled in. */
export type ReleasePolicyFile = z.infer<typeof releasePolicySchema>;
