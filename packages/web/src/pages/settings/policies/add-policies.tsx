import type { PolicyDetailView } from '@sluice/protocol/http/policies.ts';
import { useState } from 'react';
import { useApi } from '../../../api/dashboard-api.tsx';
import { AskButton } from '../../../parts/ask-button.tsx';
import { CodeField } from '../../../parts/code-text.tsx';
import { ChoiceField } from '../../../parts/fields.tsx';
import { ACTION_CHOICES, type PolicyAction } from './policy-actions.tsx';
import { useChecked } from './use-checked.ts';

const EXAMPLE = `apiVersion: sluice.dev/v1
kind: ReleasePolicy
metadata: { name: production-is-canaried }
spec:
  environments: ['prod*']
  action: warn
  validations:
    - expression: plan.strategy == 'canary'
      message: goes out to everybody at once; use a canary
`;

/** Writes policies, or one anew: the control plane reads along and says what is wrong, line by line. */
export function AddPolicies({ policy }: { readonly policy?: PolicyDetailView }) {
  const { client } = useApi();
  const [written, setWritten] = useState<string | null>(null);
  const text = written ?? policy?.text ?? EXAMPLE;
  const [action, setAction] = useState<PolicyAction | ''>('');
  const check = useChecked(text);
  const { projects, applications, environments } = policy ?? {};
  const scope = policy && { projects, applications, environments };
  // Where a policy of Kubernetes holds is not said in its own file.
  const kept = policy?.format === 'ValidatingAdmissionPolicy' ? scope : undefined;
  return (
    <AskButton
      label={policy ? 'Edit' : 'Write policies'}
      {...(policy ? { of: policy.name } : { buttonWeight: 'main' })}
      title={policy ? `Edit ${policy.name}` : 'Write policies'}
      action={policy ? 'Put it into force' : 'Put them into force'}
      isWide
      act={() => client.addPolicies({ text, ...kept, ...(action === '' ? {} : { action }) })}
      said={`In force: ${check?.policies.join(', ') ?? 'your policies'}`}
    >
      <CodeField label="Policies, as YAML" value={text} set={setWritten} faults={check?.faults ?? []} />
      <p className="small" role="status">
        {check === null && <span className="muted">Being read…</span>}
        {check?.ok === true && (
          <>
            Right: {check.policies.join(', ')}. {check.notes.join(' ')}
          </>
        )}
        {check?.ok === false && 'This is not put into force as it stands.'}
      </p>
      <ChoiceField
        label="When a release breaks one"
        value={action}
        set={(value) => setAction(value as PolicyAction | '')}
      >
        <option value="">as the text says</option>
        {ACTION_CHOICES.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </ChoiceField>
      <p>Releases are held against it from the next one on. All of the text is taken, or none of it.</p>
    </AskButton>
  );
}
