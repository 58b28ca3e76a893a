import type { ApprovalRuleView } from '@sluice/protocol/http/gate-rules.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { listQuestion } from '../../../api/questions.ts';
import { useMaySomewhere } from '../../../api/viewer.ts';
import { AskButton } from '../../../parts/ask-button.tsx';
import { CheckField, TextField } from '../../../parts/fields.tsx';
import { spanWords } from '../../../parts/figures.ts';
import { ListPanel } from '../../../parts/list-panel.tsx';
import { MayNot } from '../../../parts/may-not.tsx';
import { type GateScope, scopeWords } from '../../../parts/scope-words.ts';
import { ScopeFields } from './scope-fields.tsx';
import { RemoveButton } from '../../../parts/remove-button.tsx';
import { ByWhom } from '../../../parts/by-whom.tsx';

/** Who has to approve releases, whatever their files say. */
export function ApprovalsPanel() {
  const { client } = useApi();
  const may = useMaySomewhere('gates:manage');
  const answer = useAnswer(
    listQuestion<ApprovalRuleView>('approval-rules', (page) => client.approvalRules(page)),
  );
  return (
    <ListPanel
      title="Rules of approval"
      about="They hold whatever a sluice.yaml says. What a sluice.yaml asks for itself is shown at each rollout."
      action={may.allowed ? <AddRule /> : <MayNot allowance={may} what="make rules of approval" />}
      answer={answer}
      keyOf={({ name }) => name}
      empty={{
        icon: 'good',
        title: 'Nobody has to approve',
        words:
          'Only what a sluice.yaml asks for is waited for. A rule here holds for every release of a place.',
      }}
      columns={[
        {
          name: 'Rule',
          cell: ({ name, scope }) => (
            <>
              <div className="strong">{name}</div>
              <div className="small muted">{scopeWords(scope)}</div>
            </>
          ),
        },
        {
          name: 'Who approves',
          cell: ({ needed, of }) => `${needed} of ${of.join(' or ') || 'whoever may approve'}`,
        },
        {
          name: 'One’s own',
          cell: ({ selfApproval }) => (selfApproval === 'refused' ? 'does not count' : 'counts'),
        },
        { name: 'Counts for', cell: ({ expiresMs }) => spanWords(expiresMs) },
        {
          name: 'By',
          cell: ({ declaredBy, declaredAt }) => <ByWhom by={declaredBy} at={declaredAt} />,
        },
        ...(may.allowed ? [{ name: ' ', cell: (rule: ApprovalRuleView) => <RemoveRule rule={rule} /> }] : []),
      ]}
    />
  );
}

function AddRule() {
  const { client } = useApi();
  const [name, setName] = useState('');
  const [approvers, setApprovers] = useState('1');
  const [scope, setScope] = useState<GateScope>({});
  const [isOwnRefused, setOwnRefused] = useState(true);
  return (
    <AskButton
      label="Add a rule"
      buttonWeight="main"
      title="Add a rule of approval"
      action="Add it"
      act={() =>
        client.putApprovalRule(name.trim(), {
          approvers: approvers.trim(),
          scope,
          selfApproval: isOwnRefused ? 'refused' : 'allowed',
        })
      }
      said={`The rule ${name} holds from now on`}
    >
      <TextField
        label="Name"
        at="/path/name"
        placeholder="two-of-sre"
        hint="Lower-case letters, digits and “-”. A rule of this name is replaced."
        value={name}
        set={setName}
      />
      <TextField
        label="Who approves"
        at="/body/approvers"
        hint="1 of sre · 2 of managers or sre · 2: two of whoever may approve"
        value={approvers}
        set={setApprovers}
      />
      <ScopeFields label="Where" scope={scope} set={setScope} />
      <CheckField label="Nobody approves a release of their own" isOn={isOwnRefused} set={setOwnRefused} />
    </AskButton>
  );
}

function RemoveRule({ rule: { name, scope } }: { readonly rule: ApprovalRuleView }) {
  const { client } = useApi();
  return (
    <RemoveButton what={name} act={() => client.removeApprovalRule(name)}>
      <p>Releases in {scopeWords(scope)} no longer wait for it. What waits for it alone goes on at once.</p>
    </RemoveButton>
  );
}
