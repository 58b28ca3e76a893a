import type { PolicyDetailView } from '@sluice/protocol/http/policies.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { useMaySomewhere } from '../../../api/viewer.ts';
import { AskButton } from '../../../parts/ask-button.tsx';
import { CodeText } from '../../../parts/code-text.tsx';
import { ChoiceField } from '../../../parts/fields.tsx';
import { MayNot } from '../../../parts/may-not.tsx';
import { Person } from '../../../parts/person.tsx';
import { Answered } from '../../../parts/states.tsx';
import { Time } from '../../../parts/time.tsx';
import { Words } from '../../../parts/words.tsx';
import { goTo, Link } from '../../../routing/location.tsx';
import { settingsAddress } from '../settings-parts.ts';
import { AddPolicies } from './add-policies.tsx';
import { ACTION_CHOICES, ActionMark, type PolicyAction } from './policy-actions.tsx';
import { TryPolicy } from './try-policy.tsx';
import { PolicyPlace } from './policy-place.tsx';

/** One policy: what it says, what becomes of who breaks it, and what it says of what runs. */
export function PolicyPanel({ name }: { readonly name: string }) {
  const { client } = useApi();
  const answer = useAnswer({ name: `policy:${name}`, ask: () => client.policy(name) });
  return (
    <div className="stack">
      <p className="crumbs">
        <Link href={settingsAddress('policies')}>Policies</Link> / {name}
      </p>
      <Answered answer={answer} what={name} height={420}>
        {(policy) => <Policy policy={policy} />}
      </Answered>
    </div>
  );
}

interface OfPolicy {
  readonly policy: PolicyDetailView;
}

function Policy({ policy }: OfPolicy) {
  const may = useMaySomewhere('policies:manage');
  return (
    <>
      <section className="panel" aria-label={policy.name}>
        <div className="panel-head">
          <div>
            <h2 className="settings-break">{policy.name}</h2>
            <p className="small muted">
              <Words text={policy.description} />
            </p>
          </div>
          <div className="row push">
            {may.allowed ? (
              <>
                <SetAction policy={policy} />
                <AddPolicies policy={policy} key={policy.version} />
                <RemovePolicy name={policy.name} />
              </>
            ) : (
              <MayNot allowance={may} what="change policies" />
            )}
          </div>
        </div>
        <Facts policy={policy} />
        <CodeText text={policy.text.trimEnd()} label={`The text of ${policy.name}`} />
      </section>
      <TryPolicy policy={policy} />
      <Versions policy={policy} />
    </>
  );
}

const Facts = ({ policy }: OfPolicy) => (
  <dl className="settings-facts">
    <div>
      <dt>Breaking it</dt>
      <dd>
        <ActionMark actions={policy.actions} />
      </dd>
    </div>
    <div>
      <dt>Where</dt>
      <dd>
        <PolicyPlace policy={policy} />
      </dd>
    </div>
    <div>
      <dt>Without an answer</dt>
      <dd>{policy.failurePolicy === 'Fail' ? 'counts as broken' : 'counts as kept'}</dd>
    </div>
    <div>
      <dt>Written as</dt>
      <dd>{policy.format}</dd>
    </div>
  </dl>
);

function SetAction({ policy }: OfPolicy) {
  const { client } = useApi();
  const [action, setAction] = useState<PolicyAction>(policy.actions[0] === 'deny' ? 'warn' : 'deny');
  const { name, text, projects, applications, environments } = policy;
  return (
    <AskButton
      label="Mode"
      of={name}
      title={`What becomes of a release that breaks ${name}?`}
      action="Change it"
      act={() => client.addPolicies({ text, projects, applications, environments, action })}
      said={`${name} is changed`}
    >
      <ChoiceField
        label="When a release breaks it"
        value={action}
        set={(value) => setAction(value as PolicyAction)}
      >
        {ACTION_CHOICES.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </ChoiceField>
      <p>It becomes a new version and counts from the next release on.</p>
    </AskButton>
  );
}

function RemovePolicy({ name }: { readonly name: string }) {
  const { client, answers } = useApi();
  const remove = async () => {
    const reply = await client.removePolicy(name);
    if (reply.ok) {
      answers.renew((known) => known === 'policies');
      goTo(settingsAddress('policies'));
    }
    return reply;
  };
  return (
    <AskButton
      label="Remove"
      of={name}
      title={`Remove ${name}?`}
      action="Remove"
      weight="danger"
      act={remove}
      said={`${name} is no longer in force`}
    >
      <p>
        Releases are no longer held against it. Its versions are kept, because earlier outcomes name them.
      </p>
    </AskButton>
  );
}

const Versions = ({ policy: { versions } }: OfPolicy) => (
  <section className="panel" aria-label="Versions">
    <div className="panel-head">
      <h2>Versions</h2>
    </div>
    <table className="table">
      <tbody>
        {versions.map(({ version, at, by, removed }) => (
          <tr key={version}>
            <th scope="row">{version}</th>
            <td>
              {removed && 'removed by '}
              <Person subject={by} />
            </td>
            <td>
              <Time at={at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
