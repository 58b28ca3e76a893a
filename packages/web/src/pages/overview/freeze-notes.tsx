import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Time } from '../../parts/time.tsx';
import { Person } from '../../parts/person.tsx';

const EVERY_MS = 30_000;

/** What is frozen now, over everything else: whoever wonders why nothing goes out reads it first. */
export function FreezeNotes() {
  const { client } = useApi();
  const { value } = useAnswer({ name: 'freezes', ask: () => client.freezes({ limit: 50 }) }, EVERY_MS);
  const inForce = value?.items.filter((freeze) => freeze.inForce) ?? [];
  return inForce.map((freeze) => (
    <div key={`${freeze.system} ${freeze.name}`} className="note" data-tone="warn" role="status">
      <span className="mark" data-tone="warn">
        <Icon name="lock" />
      </span>
      <div>
        <p className="strong">Frozen: {freeze.reason}</p>
        <p className="muted">
          {freeze.words}, by <Person subject={freeze.declaredBy} />
          {freeze.until === null ? (
            ', until somebody lifts it'
          ) : (
            <>
              , until <Time at={freeze.until} as="day" />
            </>
          )}
        </p>
      </div>
    </div>
  ));
}
