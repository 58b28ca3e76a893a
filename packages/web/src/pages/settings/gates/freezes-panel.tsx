import type { FreezeView } from '@sluice/protocol/http/gate-rules.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { listQuestion } from '../../../api/questions.ts';
import { useMaySomewhere } from '../../../api/viewer.ts';
import { AskButton } from '../../../parts/ask-button.tsx';
import { AreaField, ChoiceField } from '../../../parts/fields.tsx';
import { ListPanel } from '../../../parts/list-panel.tsx';
import { Mark } from '../../../parts/mark.tsx';
import { MayNot } from '../../../parts/may-not.tsx';
import { Time } from '../../../parts/time.tsx';
import { type GateScope, ScopeFields, scopeWords } from './scope-fields.tsx';
import { UNTIL_LIFTED, UntilField, untilOf } from './until-field.tsx';
import { ByWhom } from '../../../parts/by-whom.tsx';

const EVERY_MS = 15_000;
type Holds = FreezeView['holds'];

/** What stops releases from going out, and who said so. */
export function FreezesPanel() {
  const { client } = useApi();
  const may = useMaySomewhere('gates:manage');
  const answer = useAnswer(
    listQuestion<FreezeView>('freezes-all', (page) => client.freezes(page)),
    EVERY_MS,
  );
  return (
    <ListPanel
      title="Freezes"
      about="While one holds, nothing goes out there. Rollbacks are never held."
      action={may.allowed ? <Freeze /> : <MayNot allowance={may} what="stop the line" />}
      answer={answer}
      keyOf={({ name, system }) => (system ? `${name} of all` : name)}
      empty={{
        icon: 'good',
        title: 'Nothing is frozen',
        words: 'Stop the line when something is wrong, or before days on which nothing may change.',
      }}
      columns={[
        { name: 'State', cell: (freeze) => <State freeze={freeze} /> },
        { name: 'Why', cell: (freeze) => <Why freeze={freeze} /> },
        { name: 'Holds', cell: ({ holds }) => HOLDS[holds] },
        {
          name: 'Until',
          cell: ({ until }) => (until === null ? 'somebody lifts it' : <Time at={until} as="day" />),
        },
        {
          name: 'By',
          cell: ({ declaredBy, declaredAt }) => <ByWhom by={declaredBy} at={declaredAt} />,
        },
        ...(may.allowed ? [{ name: ' ', cell: (freeze: FreezeView) => <Lift freeze={freeze} /> }] : []),
      ]}
    />
  );
}

const HOLDS: Readonly<Record<Holds, string>> = {
  starts: 'new releases',
  everything: 'new releases, and those under way',
};

const State = ({ freeze: { inForce, from } }: { readonly freeze: FreezeView }) =>
  inForce ? (
    <Mark tone="warn" icon="lock">
      In force
    </Mark>
  ) : (
    <>
      <Mark tone="idle" icon="waiting">
        From
      </Mark>{' '}
      <Time at={from} as="day" />
    </>
  );

/** Where it holds; what whoever runs the control plane has declared, in every organisation. */
function whereOf({ scope, system }: FreezeView): string {
  if (!system) return scopeWords(scope);
  return Object.keys(scope).length === 0
    ? 'every organisation'
    : `${scopeWords(scope)}, in every organisation`;
}

const Why = ({ freeze }: { readonly freeze: FreezeView }) => (
  <>
    <div className="strong">{freeze.reason}</div>
    <div className="small muted">
      {freeze.name} · {whereOf(freeze)}
    </div>
  </>
);

function Freeze() {
  const { client } = useApi();
  const [scope, setScope] = useState<GateScope>({});
  const [reason, setReason] = useState('');
  const [holds, setHolds] = useState<Holds>('starts');
  const [until, setUntil] = useState(UNTIL_LIFTED);
  const act = () => {
    const end = untilOf(until, Date.now());
    return client.freeze({ scope, reason: reason.trim(), holds, ...(end === null ? {} : { until: end }) });
  };
  return (
    <AskButton
      label="Stop the line"
      buttonWeight="danger"
      title="Stop the line"
      action="Stop it"
      weight="danger"
      act={act}
      said={`Stopped: ${scopeWords(scope)}`}
    >
      <AreaField
        label="Why"
        hint="Everybody who waits is told."
        at="/body/reason"
        most={1000}
        value={reason}
        set={setReason}
      />
      <ScopeFields label="Where" scope={scope} set={setScope} />
      <ChoiceField label="What" value={holds} set={(value) => setHolds(value as Holds)}>
        <option value="starts">No release begins; what is under way finishes</option>
        <option value="everything">Everything stands still: no candidate gets more requests</option>
      </ChoiceField>
      <UntilField value={until} set={setUntil} />
      <p className="note" role="note">
        {holds === 'starts' ? 'No release begins' : 'Nothing begins, and nothing moves on'} in{' '}
        {scopeWords(scope)}. Rollbacks still go through, and who may break glass can pass.
      </p>
    </AskButton>
  );
}

function Lift({ freeze }: { readonly freeze: FreezeView }) {
  const { client } = useApi();
  const { name, system } = freeze;
  return (
    <AskButton
      label="Lift"
      of={name}
      buttonWeight="quiet"
      title={`Lift ${name}?`}
      action="Lift it"
      act={() => client.liftFreeze(name, { system })}
      said={`${name} was lifted`}
    >
      <p>What waits for it in {whereOf(freeze)} goes on at once, unless something else holds it.</p>
    </AskButton>
  );
}
