import type { FreezeView } from '@sluice/protocol/http/gate-rules.ts';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Person } from '../../parts/person.tsx';
import { reachWords } from '../../parts/scope-words.ts';
import { Time } from '../../parts/time.tsx';

const EVERY_MS = 30_000;

/** What is frozen now, over everything else: whoever wonders why nothing goes out reads it first. */
export function FreezeNotes() {
  const { client } = useApi();
  const { value } = useAnswer({ name: 'freezes', ask: () => client.freezes({ limit: 50 }) }, EVERY_MS);
  const inForce = value?.items.filter((freeze) => freeze.inForce) ?? [];
  return inForce.map((freeze) => <Note key={`${freeze.system} ${freeze.name}`} freeze={freeze} />);
}

function Note({ freeze }: { readonly freeze: FreezeView }) {
  const { system, reason, holds, declaredBy, declaredAt, until } = freeze;
  return (
    <div className="note" data-tone="warn" role="status">
      <span className="mark" data-tone="warn">
        <Icon name="lock" />
      </span>
      <div>
        <p className="strong">
          {system ? 'Every organisation is frozen' : 'Frozen'}: {reason}
        </p>
        <p className="muted">
          {holds === 'starts' ? 'No release begins' : 'Nothing begins, and nothing moves on'} in{' '}
          {reachWords(freeze)}, by <Person subject={declaredBy} /> <Time at={declaredAt} />, until{' '}
          {until === null ? 'somebody lifts it' : <Time at={until} as="day" />}.
          {system && ' Whoever runs the control plane lifts it.'}
        </p>
      </div>
    </div>
  );
}
