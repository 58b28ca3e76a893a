import type { FreezeView } from '@sluice/protocol/http/gate-rules.ts';
import type { OrganisationView } from '@sluice/protocol/http/organisations.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { useMayOfAll } from '../../../api/viewer.ts';
import { AskButton } from '../../../parts/ask-button.tsx';
import { AreaField, CheckField, ChoiceField } from '../../../parts/fields.tsx';
import { type GateScope, reachWords } from '../../../parts/scope-words.ts';
import { ScopeFields } from './scope-fields.tsx';
import { UNTIL_LIFTED, UntilField, untilOf } from './until-field.tsx';

type Holds = FreezeView['holds'];

/** Declares a freeze, of one's own organisation or, for whoever runs the control plane, of every one. */
export function StopTheLine() {
  const { client } = useApi();
  const mayOfAll = useMayOfAll('gates:manage');
  const [wanted, setWanted] = useState<GateScope>({});
  const [isOfAll, setOfAll] = useState(false);
  const [reason, setReason] = useState('');
  const [holds, setHolds] = useState<Holds>('starts');
  const [until, setUntil] = useState(UNTIL_LIFTED);
  const system = isOfAll && mayOfAll;
  const scope = system ? inEvery(wanted) : wanted;
  const where = reachWords({ scope, system });
  const act = () => {
    const end = untilOf(until, Date.now());
    return client.freeze({
      ...{ scope, system, reason: reason.trim(), holds },
      ...(end === null ? {} : { until: end }),
    });
  };
  return (
    <AskButton
      label="Stop the line"
      buttonWeight="danger"
      title="Stop the line"
      action={system ? 'Stop it everywhere' : 'Stop it'}
      weight="danger"
      act={act}
      said={`Stopped: ${where}`}
      opened={() => setOfAll(false)}
    >
      <AreaField
        label="Why"
        hint={system ? 'Every organisation is told.' : 'Everybody who waits is told.'}
        at="/body/reason"
        most={1000}
        value={reason}
        set={setReason}
      />
      {mayOfAll && <WhoseField isOfAll={isOfAll} set={setOfAll} />}
      <ScopeFields
        label="Where"
        scope={scope}
        set={setWanted}
        {...(system ? { only: ['environment'] as const } : {})}
      />
      <ChoiceField label="What" value={holds} set={(value) => setHolds(value as Holds)}>
        <option value="starts">No release begins; what is under way finishes</option>
        <option value="everything">Everything stands still: no candidate gets more requests</option>
      </ChoiceField>
      <UntilField value={until} set={setUntil} />
      <p className="note" role="note">
        {holds === 'starts' ? 'No release begins' : 'Nothing begins, and nothing moves on'} in {where}.
        Rollbacks still go through, and who may break glass can pass.
      </p>
      {system && <Reached />}
    </AskButton>
  );
}

/** Organisations name projects, applications and components for themselves. */
const inEvery = ({ environment }: GateScope): GateScope => (environment === undefined ? {} : { environment });

const WhoseField = (props: { readonly isOfAll: boolean; readonly set: (isOfAll: boolean) => void }) => (
  <ChoiceField
    label="For whom"
    at="/body/system"
    value={props.isOfAll ? 'all' : 'own'}
    set={(value) => props.set(value === 'all')}
  >
    <option value="own">This organisation</option>
    <option value="all">Every organisation</option>
  </ChoiceField>
);

/** Most organisations that are named; whoever has more is told how many they are. */
const NAMED = 8;

/** Whom a freeze of every organisation stops: nothing is sent before somebody says that these are meant. */
function Reached() {
  const { client } = useApi();
  const [isMeant, setMeant] = useState(false);
  const { value } = useAnswer({ name: 'organisations', ask: () => client.organisations() });
  return (
    <div className="note" data-tone="bad" role="note">
      <div className="stack">
        <p>
          It stops {value ? organisationsWords(value.items) : 'every organisation'}, and each that is made
          while it holds. All but this one read that whoever runs the control plane declared it, and none of
          them can lift it.
        </p>
        <CheckField label="I mean all of them" isOn={isMeant} isNeeded set={setMeant} />
      </div>
    </div>
  );
}

/** `all 3 organisations (acme, beta, default)`. */
function organisationsWords(all: readonly OrganisationView[]): string {
  const names = all.slice(0, NAMED).map(({ tenant }) => tenant);
  const others = all.length - names.length;
  const named = `${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
  return all.length === 1 ? `the only organisation (${named})` : `all ${all.length} organisations (${named})`;
}
