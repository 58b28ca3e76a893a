import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { shareWords } from '../../parts/figures.ts';
import { ShareBar, type ShareOf } from '../../parts/share-bar.tsx';

interface SplitProps {
  readonly rollout: RolloutView;
  readonly track: TrackView | undefined;
}

/** Who gets which part of the requests, and with how many instances. */
export function SplitPanel({ rollout, track }: SplitProps) {
  const revisions = track?.revisions ?? [];
  const shares = revisions.map((revision): ShareOf => {
    const isCandidate = revision.revision === rollout.candidate && revision.role === 'candidate';
    const role = isCandidate ? 'candidate' : revision.role === 'stable' ? 'stable' : 'retained';
    return { label: revision.version, role, basisPoints: revision.shareBasisPoints };
  });
  return (
    <section className="panel" aria-labelledby="split">
      <div className="panel-head">
        <h2 id="split">Split</h2>
        <span className="small muted">
          {track && !track.splitConfirmed && 'ordered, not yet confirmed by the router'}
        </span>
      </div>
      <div className="panel-body stack">
        <ShareBar shares={[...shares].sort((a, b) => (a.role < b.role ? -1 : 1))} />
        <table className="table split-table">
          <thead>
            <tr>
              <th scope="col">Revision</th>
              <th scope="col" className="number">
                Share
              </th>
              <th scope="col" className="number">
                Ready
              </th>
            </tr>
          </thead>
          <tbody>
            {revisions.map((revision, at) => (
              <tr key={revision.revision}>
                <td>
                  <span className="swatch" data-role={shares[at]?.role} />{' '}
                  <span className="mono">{revision.version}</span>{' '}
                  <span className="muted small">{revision.role}</span>
                  {revision.reason !== null && <div className="small muted">{revision.reason}</div>}
                </td>
                <td className="number">{shareWords(revision.shareBasisPoints)}</td>
                <td className="number">
                  {revision.ready ?? '?'} of {revision.ordered}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
