import type { WindowView } from '@sluice/protocol/http/gate-rules.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { listQuestion } from '../../../api/questions.ts';
import { useMaySomewhere } from '../../../api/viewer.ts';
import { AskButton } from '../../../parts/ask-button.tsx';
import { ChoiceField, TextField } from '../../../parts/fields.tsx';
import { ListPanel } from '../../../parts/list-panel.tsx';
import { Mark } from '../../../parts/mark.tsx';
import { MayNot } from '../../../parts/may-not.tsx';
import { scopeWords } from '../../../parts/scope-words.ts';
import { ScopeFields } from './scope-fields.tsx';
import { RemoveButton } from '../../../parts/remove-button.tsx';
import { ByWhom } from '../../../parts/by-whom.tsx';

/** In which hours releases go out. */
export function WindowsPanel() {
  const { client } = useApi();
  const may = useMaySomewhere('gates:manage');
  const answer = useAnswer(listQuestion<WindowView>('windows', (page) => client.windows(page)));
  return (
    <ListPanel
      title="Windows"
      about="Hours of the week in which releases go out, or do not. Where one allows, all other hours are closed."
      action={may.allowed ? <PutWindow /> : <MayNot allowance={may} what="set windows" />}
      answer={answer}
      keyOf={({ name }) => name}
      empty={{
        icon: 'waiting',
        title: 'Releases go out at any hour',
        words: 'Add a window to let them go out only while somebody is there.',
      }}
      columns={[
        { name: 'Window', cell: (window) => <Name window={window} /> },
        { name: 'When', cell: (window) => <When window={window} /> },
        {
          name: 'Under way',
          cell: ({ underWay }) => (underWay === 'hold' ? 'waits when it closes' : 'finishes'),
        },
        {
          name: 'By',
          cell: ({ declaredBy, declaredAt }) => <ByWhom by={declaredBy} at={declaredAt} />,
        },
        ...(may.allowed
          ? [
              {
                name: ' ',
                cell: (window: WindowView) => (
                  <span className="row actions">
                    <PutWindow window={window} />
                    <RemoveWindow window={window} />
                  </span>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

const Name = ({ window: { name, scope } }: { readonly window: WindowView }) => (
  <>
    <div className="strong">{name}</div>
    <div className="small muted">{scopeWords(scope)}</div>
  </>
);

const When = ({ window: { effect, times, zone } }: { readonly window: WindowView }) => (
  <>
    {effect === 'allow' ? (
      <Mark tone="good" icon="good">
        Open
      </Mark>
    ) : (
      <Mark tone="warn" icon="lock">
        Closed
      </Mark>
    )}{' '}
    <span className="mono nowrap">{times}</span>
    <div className="small muted">{zone}</div>
  </>
);

type WantedWindow = Omit<WindowView, 'words' | 'declaredBy' | 'declaredAt'>;

const NEW: WantedWindow = {
  name: '',
  effect: 'allow',
  times: 'mon-fri 09:00-17:00',
  scope: {},
  underWay: 'hold',
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
};

function PutWindow({ window }: { readonly window?: WindowView }) {
  const { client } = useApi();
  const [wanted, setWanted] = useState<WantedWindow>(window ?? NEW);
  const { name, effect, times, zone, scope, underWay } = wanted;
  return (
    <AskButton
      label={window ? 'Change' : 'Add a window'}
      {...(window ? { of: window.name, buttonWeight: 'quiet' } : { buttonWeight: 'main' })}
      title={window ? `Change ${window.name}` : 'Add a window'}
      action={window ? 'Change it' : 'Add it'}
      act={() =>
        client.putWindow(name.trim(), { effect, times: times.trim(), zone: zone.trim(), scope, underWay })
      }
      said={`The window ${name} holds from now on`}
    >
      {!window && (
        <TextField
          label="Name"
          at="/path/name"
          placeholder="office-hours"
          hint="Lower-case letters, digits and “-”. A window of this name is replaced."
          value={name}
          set={(value) => setWanted({ ...wanted, name: value })}
        />
      )}
      <ChoiceField
        label="In these hours releases"
        value={effect}
        set={(value) => setWanted({ ...wanted, effect: value as WindowView['effect'] })}
      >
        <option value="allow">go out, and at no others</option>
        <option value="deny">do not go out</option>
      </ChoiceField>
      <TextField
        label="Hours"
        at="/body/times"
        hint="mon-fri 09:00-17:00 · sat,sun · daily 22:00-02:00"
        value={times}
        set={(value) => setWanted({ ...wanted, times: value })}
      />
      <TextField
        label="Time zone"
        at="/body/zone"
        value={zone}
        set={(value) => setWanted({ ...wanted, zone: value })}
      />
      <ScopeFields label="Where" scope={scope} set={(value) => setWanted({ ...wanted, scope: value })} />
      <ChoiceField
        label="When it closes, what is under way"
        value={underWay}
        set={(value) => setWanted({ ...wanted, underWay: value as WindowView['underWay'] })}
      >
        <option value="hold">waits before each larger share</option>
        <option value="finish">finishes</option>
      </ChoiceField>
    </AskButton>
  );
}

function RemoveWindow({ window: { name, scope, effect } }: { readonly window: WindowView }) {
  const { client } = useApi();
  return (
    <RemoveButton what={name} act={() => client.removeWindow(name)}>
      <p>
        {effect === 'allow' ? 'Other hours' : 'These hours'} are open again in {scopeWords(scope)}, as far as
        no other window says otherwise. What waits goes on at once.
      </p>
    </RemoveButton>
  );
}
