import type { FreezeView } from '@sluice/protocol/http/gate-rules.ts';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { listQuestion } from '../../../api/questions.ts';
import { useMayOfAll, useMaySomewhere } from '../../../api/viewer.ts';
import { AskButton } from '../../../parts/ask-button.tsx';
import { ByWhom } from '../../../parts/by-whom.tsx';
import { ListPanel } from '../../../parts/list-panel.tsx';
import { Mark } from '../../../parts/mark.tsx';
import { MayNot } from '../../../parts/may-not.tsx';
import { reachWords } from '../../../parts/scope-words.ts';
import { Time } from '../../../parts/time.tsx';
import { StopTheLine } from './stop-the-line.tsx';

const EVERY_MS = 15_000;

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
      action={may.allowed ? <StopTheLine /> : <MayNot allowance={may} what="stop the line" />}
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

const HOLDS: Readonly<Record<FreezeView['holds'], string>> = {
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

const Why = ({ freeze }: { readonly freeze: FreezeView }) => (
  <>
    <div className="strong">{freeze.reason}</div>
    <div className="small muted">
      {freeze.name} · {reachWords(freeze)}
    </div>
  </>
);

/** Ends a freeze; one of every organisation is ended by whoever runs the control plane. */
function Lift({ freeze }: { readonly freeze: FreezeView }) {
  const { client } = useApi();
  const mayOfAll = useMayOfAll('gates:manage');
  const { name, system } = freeze;
  if (system && !mayOfAll)
    return <span className="small muted">Lifted by whoever runs the control plane</span>;
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
      <p>What waits for it in {reachWords(freeze)} goes on at once, unless something else holds it.</p>
    </AskButton>
  );
}
