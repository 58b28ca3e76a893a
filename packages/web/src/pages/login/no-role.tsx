import type { WhoamiView } from '@sluice/protocol/http/access.ts';
import { useState } from 'react';
import { useApi } from '../../api/dashboard-api.tsx';
import { Empty } from '../../parts/states.tsx';
import { leave } from './leave.ts';

/** In place of every page for somebody who was let in, and whom nobody has given a role yet. */
export function NoRole({ viewer }: { readonly viewer: WhoamiView }) {
  const { session, answers } = useApi();
  const [isBusy, setBusy] = useState(false);
  const out = async (): Promise<void> => {
    setBusy(true);
    await leave(session);
    setBusy(false);
  };
  return (
    <main id="stage" className="stage" tabIndex={-1}>
      <Empty icon="lock" title="You have no role yet">
        <p>
          You are signed in as {viewer.name}, and nobody has said what you may do. Ask an administrator of
          this organisation for a role; they can give it under Settings, or with this command:
        </p>
        <pre className="mono">{`sluice members bind ${viewer.subject} viewer`}</pre>
        <div className="row">
          <button type="button" className="button" data-weight="main" onClick={() => answers.renew()}>
            Look again
          </button>
          <button type="button" className="button" disabled={isBusy} onClick={() => void out()}>
            Sign out
          </button>
        </div>
      </Empty>
    </main>
  );
}
