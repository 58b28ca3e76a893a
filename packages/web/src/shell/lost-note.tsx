import { useLiveState } from '../api/dashboard-api.tsx';
import { Icon } from '../parts/icon.tsx';
import { Time } from '../parts/time.tsx';

/** Says that what stands on the page may be old, while events do not come. */
export function LostNote() {
  const state = useLiveState();
  if (state.name !== 'lost') return null;
  return (
    <div className="lost" role="alert">
      <Icon name="warn" />
      <span>
        The connection to the control plane is lost ({state.reason}). This page shows what was known at{' '}
        <Time at={state.since} as="clock" /> and tries again by itself. What runs goes on running.
      </span>
    </div>
  );
}
