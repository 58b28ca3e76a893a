import type { JsonObject } from '@sluice/core/kernel/json.ts';
import {
  EVERYWHERE,
  type LabelSelector,
  type MatchConstraints,
  type Policy,
  type PolicyAction,
  type PolicyBinding,
} from '@sluice/core/policy/policy.ts';
import { NAMESPACE_LABEL } from '@sluice/core/policy/match-policy.ts';
import type { ManifestDocument } from '@sluice/kubernetes/adopt/adoption.ts';
import { readManifests } from '@sluice/kubernetes/adopt/read-manifests.ts';
import type { z } from 'zod';
import { policyProgram } from '../cel/policy-program.ts';
import {
  type AdmissionBindingFile,
  admissionBindingSchema,
  type AdmissionPolicyFile,
  admissionPolicySchema,
  type matchSchema,
  type ReleasePolicyFile,
  releasePolicySchema,
} from './policy-schema.ts';

/** Something that is wrong with a file of policies. */
export interface PolicyFault {
  readonly line: number;
  /** `no-root: spec.validations[0].expression` */
  readonly path: string;
  readonly message: string;
}

/** What a file holds: policies that can be asked, or everything that is wrong. */
export type PolicyReading =
  | { readonly ok: true; readonly policies: readonly Policy[]; readonly notes: readonly string[] }
  | { readonly ok: false; readonly faults: readonly PolicyFault[] };

/** Policies that one file may hold. */
const MOST_POLICIES = 100;

/**
 * Reads policies: `ValidatingAdmissionPolicy` with its bindings and the objects that these name as parameters, and
 * `ReleasePolicy`. Whatever could not be asked later is refused now. Never throws.
 */
export function readPolicies(text: string, file: string): PolicyReading {
  const read = readManifests(text, file);
  if (!read.ok)
    return {
      ok: false,
      faults: read.faults.map(({ line, path, message }) => ({ line, path, message })),
    };
  const { documents } = read;
  const reader = new Reader(documents);
  const policies = documents.flatMap((document) => reader.policyOf(document));
  reader.refuseStrays(policies);
  if (policies.length === 0 && reader.faults.length === 0)
    reader.fault(
      documents[0],
      [],
      'The file holds no policy: a ReleasePolicy or a ValidatingAdmissionPolicy.',
    );
  if (policies.length > MOST_POLICIES)
    reader.fault(documents[0], [], `A file holds at most ${MOST_POLICIES} policies.`);
  return reader.faults.length > 0
    ? { ok: false, faults: reader.faults }
    : { ok: true, policies, notes: reader.notes };
}

const POLICY = 'ValidatingAdmissionPolicy';
const BINDING = 'ValidatingAdmissionPolicyBinding';
const NATIVE = 'ReleasePolicy';

class Reader {
  readonly faults: PolicyFault[] = [];
  readonly notes: string[] = [];
  readonly #documents: readonly ManifestDocument[];
  readonly #used = new Set<ManifestDocument>();

  constructor(documents: readonly ManifestDocument[]) {
    this.#documents = documents;
  }

  fault(document: ManifestDocument | undefined, path: readonly (string | number)[], message: string): void {
    const name = document?.object.metadata.name ?? '';
    const place = path.map((part, at) =>
      typeof part === 'number' ? `[${part}]` : `${at > 0 ? '.' : ''}${part}`,
    );
    this.faults.push({
      line: document?.line(path) ?? 1,
      path: [name, place.join('')].filter((part) => part !== '').join(': '),
      message,
    });
  }

  policyOf(document: ManifestDocument): readonly Policy[] {
    const { kind, apiVersion } = document.object;
    if (kind === NATIVE)
      return this.#parsed(document, releasePolicySchema, (file) => this.#native(document, file));
    if (kind !== POLICY) return [];
    if (apiVersion !== 'admissionregistration.k8s.io/v1') {
      this.fault(
        document,
        ['apiVersion'],
        `${apiVersion} is not read; write admissionregistration.k8s.io/v1, which has the same fields.`,
      );
      return [];
    }
    return this.#parsed(document, admissionPolicySchema, (file) => this.#admission(document, file));
  }

  /** What is neither a policy nor belongs to one was meant to do something, and would not. */
  refuseStrays(policies: readonly Policy[]): void {
    for (const document of this.#documents) {
      const { kind, apiVersion } = document.object;
      if (kind === POLICY || kind === NATIVE || this.#used.has(document)) continue;
      if (kind === BINDING)
        this.fault(document, ['spec', 'policyName'], 'It binds a policy that the file does not hold.');
      else if (policies.length + this.faults.length > 0 || this.#documents.length > 0)
        this.fault(
          document,
          [],
          `${apiVersion} ${kind} is no policy, and no paramRef names it as parameters.`,
        );
    }
  }

  #parsed<File>(
    document: ManifestDocument,
    schema: z.ZodType<File>,
    make: (file: File) => Policy | undefined,
  ): readonly Policy[] {
    const parsed = schema.safeParse(document.object);
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues.slice(0, 20))
        this.fault(
          document,
          path.map((part) => (typeof part === 'number' ? part : String(part))),
          message,
        );
      return [];
    }
    const policy = make(parsed.data);
    if (policy === undefined) return [];
    const compiled = policyProgram(policy);
    if (!('faults' in compiled)) return [policy];
    for (const { path, message } of compiled.faults)
      this.fault(document, pathOf(`spec.${path}`), `${message}.`);
    return [];
  }

  #native(document: ManifestDocument, { metadata, spec }: ReleasePolicyFile): Policy {
    const { action, projects, applications, environments, objects, params, validations, ...rest } = spec;
    const name = metadata.name;
    return {
      ...rest,
      name,
      format: NATIVE,
      scope: { projects, applications, environments },
      match: objects ? this.#constraints(document, ['spec', 'objects'], objects) : null,
      validations: validations.map(validationOf),
      auditAnnotations: [],
      bindings: [
        { name, actions: [action], match: null, params: (params as JsonObject | undefined) ?? null },
      ],
    };
  }

  #admission(document: ManifestDocument, { metadata, spec }: AdmissionPolicyFile): Policy | undefined {
    const { validations, auditAnnotations, matchConstraints, paramKind, ...rest } = spec;
    if (validations.length + auditAnnotations.length === 0) {
      this.fault(document, ['spec'], 'It has neither validations nor auditAnnotations.');
      return undefined;
    }
    if (matchConstraints.resourceRules.length === 0)
      this.fault(
        document,
        ['spec', 'matchConstraints'],
        'It has no resourceRules, so that it means nothing.',
      );
    return {
      ...rest,
      name: metadata.name,
      format: POLICY,
      description: metadata.annotations?.['description'] ?? '',
      scope: EVERYWHERE,
      match: this.#constraints(document, ['spec', 'matchConstraints'], matchConstraints),
      validations: validations.map(validationOf),
      auditAnnotations: auditAnnotations.map(({ key, valueExpression }) => ({
        name: key,
        expression: valueExpression,
      })),
      bindings: this.#bindingsOf(document, metadata.name, paramKind ?? null),
    };
  }

  #bindingsOf(
    policy: ManifestDocument,
    name: string,
    paramKind: { readonly apiVersion: string; readonly kind: string } | null,
  ): readonly PolicyBinding[] {
    const documents = this.#documents.filter(
      ({ object }) => object.kind === BINDING && object.spec?.['policyName'] === name,
    );
    for (const document of documents) this.#used.add(document);
    if (documents.length === 0) {
      if (paramKind !== null)
        this.fault(
          policy,
          ['spec', 'paramKind'],
          'It takes parameters: put a ValidatingAdmissionPolicyBinding with paramRef, and the object that this names, into the same file.',
        );
      this.notes.push(
        `${name} has no ValidatingAdmissionPolicyBinding in the file; adding it here binds it, to refuse.`,
      );
      return [{ name, actions: ['deny'], match: null, params: null }];
    }
    return documents.flatMap((document) => {
      const parsed = admissionBindingSchema.safeParse(document.object);
      if (parsed.success) return this.#binding(document, parsed.data, paramKind);
      for (const { path, message } of parsed.error.issues.slice(0, 20))
        this.fault(
          document,
          path.map((part) => (typeof part === 'number' ? part : String(part))),
          message,
        );
      return [];
    });
  }

  #binding(
    document: ManifestDocument,
    { metadata, spec }: AdmissionBindingFile,
    paramKind: { readonly apiVersion: string; readonly kind: string } | null,
  ): readonly PolicyBinding[] {
    const { validationActions, matchResources, paramRef } = spec;
    const actions = validationActions.map((action): PolicyAction => ACTIONS[action]);
    if (actions.includes('deny') && actions.includes('warn'))
      this.fault(document, ['spec', 'validationActions'], 'Deny and Warn exclude each other.');
    const params = this.#paramsOf(document, paramRef ?? null, paramKind);
    const match = matchResources
      ? this.#constraints(document, ['spec', 'matchResources'], matchResources)
      : null;
    return [{ name: metadata.name, actions, match, params }];
  }

  #paramsOf(
    document: ManifestDocument,
    paramRef: AdmissionBindingFile['spec']['paramRef'] | null,
    paramKind: { readonly apiVersion: string; readonly kind: string } | null,
  ): JsonObject | null {
    if (paramKind === null && !paramRef) return null;
    if (paramKind === null || !paramRef) {
      this.fault(document, ['spec', 'paramRef'], 'paramRef and the paramKind of the policy need each other.');
      return null;
    }
    if (paramRef.selector !== undefined || paramRef.name === undefined) {
      this.fault(document, ['spec', 'paramRef'], 'Parameters are named by `name`; `selector` is not read.');
      return null;
    }
    const { name, namespace } = paramRef;
    const found = this.#documents.find(
      ({ object }) =>
        object.kind === paramKind.kind &&
        object.apiVersion === paramKind.apiVersion &&
        object.metadata.name === name &&
        (namespace === undefined || object.metadata.namespace === namespace),
    );
    if (found) {
      this.#used.add(found);
      return found.object as unknown as JsonObject;
    }
    this.fault(
      document,
      ['spec', 'paramRef', 'name'],
      `The file holds no ${paramKind.kind} ${name}: parameters are read when a policy is added, from the same file.`,
    );
    return null;
  }

  #constraints(
    document: ManifestDocument,
    path: readonly string[],
    { matchPolicy: _matchPolicy, objectSelector, namespaceSelector, ...rules }: z.infer<typeof matchSchema>,
  ): MatchConstraints {
    const selectors = {
      objectSelector: objectSelector ?? null,
      namespaceSelector: namespaceSelector ?? null,
    };
    if (asksForMoreThanName(selectors.namespaceSelector))
      this.fault(
        document,
        [...path, 'namespaceSelector'],
        `Of a namespace only its name is known before a release: select by ${NAMESPACE_LABEL}.`,
      );
    return { ...rules, ...selectors };
  }
}

const ACTIONS = { Deny: 'deny', Warn: 'warn', Audit: 'audit' } as const;

const asksForMoreThanName = (selector: LabelSelector | null): boolean =>
  selector !== null &&
  [...Object.keys(selector.matchLabels), ...selector.matchExpressions.map(({ key }) => key)].some(
    (key) => key !== NAMESPACE_LABEL,
  );

const validationOf = ({
  expression,
  message,
  messageExpression,
}: ReleasePolicyFile['spec']['validations'][number]) => ({
  expression,
  message: message ?? null,
  messageExpression: messageExpression ?? null,
});

/** `spec.validations[0].expression` as the names and numbers that lead there. */
const pathOf = (text: string): readonly (string | number)[] =>
  [...text.matchAll(/([A-Za-z]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
