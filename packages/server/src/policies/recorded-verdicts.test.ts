import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Policy } from '@sluice/core/policy/policy.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { examiningGate } from './examining-gate.ts';
import { readPolicies } from './files/read-policies.ts';
import { policyExaminer } from './thread/policy-examiner.ts';

interface Recording {
  readonly policies: readonly { readonly metadata: { readonly name: string } }[];
  readonly objects: readonly KubernetesObject[];
  readonly accepted: Readonly<Record<string, boolean>>;
  /** By policy and object: what it was refused with; null: it was not. */
  readonly verdicts: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
}

const FILE = new URL('./fixtures/kubernetes-1.34/admission.json', import.meta.url);
const { policies, objects, accepted, verdicts } = JSON.parse(await readFile(FILE, 'utf8')) as Recording;
const examiner = policyExaminer();
afterAll(() => examiner.close());

/** Refused there for types that only a schema of the object gives, or because no parameters are declared; known here later. */
const FOUND_LATER = ['message-expression-fails', 'params-null'];

const read = (policy: Recording['policies'][number]) => readPolicies(JSON.stringify(policy), 'policy.yaml');

async function verdictOf(policy: Policy, object: KubernetesObject): Promise<string | null> {
  const labelled = { ...object, metadata: { ...object.metadata, labels: { case: policy.name } } };
  const [outcome] = await examiningGate({ inForce: async () => [], examiner }).judgeObjects({
    ...{ objects: [labelled], policies: [policy], application: 'a', environment: 'e', by: 'admin' },
  });
  expect(outcome).toBeDefined();
  return outcome?.findings[0]?.message ?? null;
}

describe('as Kubernetes 1.34 does', () => {
  it.each(policies.map((policy) => [policy.metadata.name, policy] as const))(
    'a policy is taken or refused when it is added: %s',
    (name, policy) => {
      expect(read(policy).ok).toBe(accepted[name] === true || FOUND_LATER.includes(name));
    },
  );

  const asked = policies.filter(({ metadata }) => metadata.name in verdicts);
  it.each(asked.map((policy) => [policy.metadata.name, policy] as const))(
    'objects are let through or refused: %s',
    async (name, policy) => {
      const reading = read(policy);
      const [one] = reading.ok ? reading.policies : [];
      for (const object of objects) {
        const wanted = verdicts[name]?.[object.metadata.name] ?? null;
        const said = one ? await verdictOf(one, object) : 'it was not read';
        const where = `${name} of ${object.metadata.name}: ${said}`;
        // Of an expression without an answer both say which key or value it was, each in its own words.
        if (wanted === null) expect(said, where).toBeNull();
        else if (wanted.includes('resulted in error')) expect(said, where).toMatch(/^it has no answer/);
        else expect(said).toBe(wanted);
      }
    },
  );
});
