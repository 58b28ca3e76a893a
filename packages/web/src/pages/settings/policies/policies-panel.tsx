import type { PolicyView } from '@sluice/protocol/http/policies.ts';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { listQuestion } from '../../../api/questions.ts';
import { useMaySomewhere } from '../../../api/viewer.ts';
import { AskButton } from '../../../parts/ask-button.tsx';
import { ListPanel } from '../../../parts/list-panel.tsx';
import { MayNot } from '../../../parts/may-not.tsx';
import { Words } from '../../../parts/words.tsx';
import { Time } from '../../../parts/time.tsx';
import { Link } from '../../../routing/location.tsx';
import { type PartProps, settingsAddress } from '../settings-parts.ts';
import { AddPolicies } from './add-policies.tsx';
import { ActionMark } from './policy-actions.tsx';
import { PolicyPlace } from './policy-place.tsx';
import { PolicyPanel } from './policy-panel.tsx';

/** Rules that releases have to keep to, or one of them. */
export const PoliciesPanel = ({ name }: PartProps) =>
  name === undefined ? <Policies /> : <PolicyPanel name={name} />;

function Policies() {
  const { client } = useApi();
  const may = useMaySomewhere('policies:manage');
  const answer = useAnswer(listQuestion<PolicyView>('policies', (page) => client.policies(page)));
  return (
    <ListPanel
      title="Policies"
      about="Rules in CEL that every release is held against before anything changes."
      action={
        may.allowed ? (
          <span className="row">
            <AddStarter />
            <AddPolicies />
          </span>
        ) : (
          <MayNot allowance={may} what="change policies" />
        )
      }
      answer={answer}
      keyOf={({ name }) => name}
      empty={{
        icon: 'good',
        title: 'No policies are in force',
        words: 'Begin with the set that comes with Sluice, which only warns at first, or write your own.',
      }}
      columns={[
        {
          name: 'Policy',
          cell: ({ name, description }) => (
            <>
              <Link className="strong settings-link" href={settingsAddress('policies', name)}>
                {name}
              </Link>
              <div className="small muted">
                <Words text={description} />
              </div>
            </>
          ),
        },
        { name: 'Breaking it', cell: ({ actions }) => <ActionMark actions={actions} /> },
        { name: 'Where', cell: (policy) => <PolicyPlace policy={policy} /> },
        { name: 'Version', cell: ({ version }) => version },
        {
          name: 'Changed',
          cell: ({ changedAt, changedBy }) => (
            <>
              <Time at={changedAt} />
              <div className="small muted">{changedBy}</div>
            </>
          ),
        },
      ]}
    />
  );
}

function AddStarter() {
  const { client } = useApi();
  return (
    <AskButton
      label="Add the starter set"
      title="Add the starter set?"
      action="Add it"
      act={() => client.addPolicies({ starter: true, action: 'warn' })}
      said="The starter set warns from now on"
    >
      <p>
        Eight policies for containers and processes: no root, limits set, allowed registries, no tag “latest”,
        and the like. They only warn; let each refuse when its warnings are gone. One of the set that is in
        force already gets a new version that warns.
      </p>
    </AskButton>
  );
}
