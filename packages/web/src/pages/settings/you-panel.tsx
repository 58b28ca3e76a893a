import type { WhoamiView } from '@sluice/protocol/http/access.ts';
import { useApi } from '../../api/dashboard-api.tsx';
import { useViewer } from '../../api/viewer.ts';
import { Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { leave } from '../login/leave.ts';
import { AskButton } from '../../parts/ask-button.tsx';
import { RoleTags } from './role-at-fields.tsx';

/** Who the viewer is, what they may do, and the way out. */
export function YouPanel() {
  const viewer = useViewer();
  return viewer === undefined ? <Loading height={240} what="who you are" /> : <You viewer={viewer} />;
}

function You({ viewer }: { readonly viewer: WhoamiView }) {
  const { session } = useApi();
  return (
    <section className="panel" aria-label="You">
      <div className="panel-head">
        <h2>{viewer.name}</h2>
        <div className="row push">
          <button type="button" className="button" onClick={() => void leave(session)}>
            Sign out
          </button>
          <AskButton
            label="Sign out everywhere"
            title="Sign out everywhere?"
            action="Sign out everywhere"
            weight="danger"
            act={() => leave(session, { everywhere: true })}
            said="You are signed out everywhere"
          >
            <p>
              Every session of yours ends at once, in this browser and in others. Tokens stay as they are.
            </p>
          </AskButton>
        </div>
      </div>
      <table className="table">
        <tbody>
          <tr>
            <th scope="row">Known as</th>
            <td className="mono">{viewer.subject}</td>
          </tr>
          <tr>
            <th scope="row">Organisation</th>
            <td>{viewer.tenant}</td>
          </tr>
          <tr>
            <th scope="row">Groups</th>
            <td>{viewer.groups.join(', ') || 'none'}</td>
          </tr>
          <tr>
            <th scope="row">Roles</th>
            <td>
              <RoleTags roles={viewer.roles} />
            </td>
          </tr>
          <tr>
            <th scope="row">Session</th>
            <td>
              {viewer.sessionEndsAt === null ? (
                'A token, until this tab is closed'
              ) : (
                <>
                  Ends <Time at={viewer.sessionEndsAt} as="day" /> at the latest
                </>
              )}
            </td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}
