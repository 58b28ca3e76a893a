import type { TrackView } from '@sluice/protocol/http/views.ts';
import { useId } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { leavesOf } from '../../parts/differences-of.ts';
import { RevisionDifference } from '../../parts/revision-difference.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { useQueryWord } from '../../routing/location.tsx';
import { TableScroll } from '../../parts/table-scroll.tsx';

interface Named {
  readonly revision: string;
  readonly version: string;
}

/** The revisions that a track knows, what is in one of them, and what is different between two. */
export function RevisionsPanel({ track }: { readonly track: TrackView }) {
  const [tab, setTab] = useQueryWord('tab');
  const [wanted, setWanted] = useQueryWord('revision');
  const [against, setAgainst] = useQueryWord('against');
  const known = revisionsOf(track);
  const chosen = known.find(({ revision }) => revision === wanted) ?? known[0];
  const other =
    known.find(({ revision }) => revision === against) ??
    known.find(({ revision }) => revision !== chosen?.revision);
  if (!chosen) {
    return (
      <div className="panel">
        <Empty icon="idle" title="There is no revision yet" />
      </div>
    );
  }
  return (
    <section className="panel" aria-label="Revisions">
      <Tabs
        label="Revisions"
        names={['Content', 'Difference']}
        chosen={tab === 'difference' ? 'Difference' : 'Content'}
        choose={(name) => setTab(name === 'Content' ? '' : 'difference')}
      >
        <div className="row tab-head">
          <Choice label="Revision" known={known} chosen={chosen} choose={setWanted} />
          {tab === 'difference' && other && (
            <Choice label="compared with" known={known} chosen={other} choose={setAgainst} />
          )}
        </div>
        {tab !== 'difference' && <Content track={track.id} revision={chosen.revision} />}
        {tab === 'difference' &&
          (other ? (
            <RevisionDifference track={track.id} from={other.revision} to={chosen.revision} />
          ) : (
            <Empty icon="idle" title="There is nothing to compare it with" />
          ))}
      </Tabs>
    </section>
  );
}

function Choice(props: {
  readonly label: string;
  readonly known: readonly Named[];
  readonly chosen: Named;
  readonly choose: (revision: string) => void;
}) {
  const field = useId();
  return (
    <>
      <label htmlFor={field} className="small muted">
        {props.label}
      </label>
      <select
        id={field}
        className="input"
        value={props.chosen.revision}
        onChange={({ target }) => props.choose(target.value)}
      >
        {props.known.map(({ revision, version }) => (
          <option key={revision} value={revision}>
            {version} ({revision})
          </option>
        ))}
      </select>
    </>
  );
}

function Content({ track, revision }: { readonly track: string; readonly revision: string }) {
  const { client } = useApi();
  const answer = useAnswer({
    name: `revision:${track} ${revision}`,
    ask: () => client.revision(track, revision),
  });
  return (
    <Answered answer={answer} what="the revision" height={200}>
      {({ component }) => (
        <TableScroll label="What is in it">
          <table className="table difference">
            <tbody>
              {leavesOf(component, '').map(([path, text]) => (
                <Leaf key={path} path={path} text={text} />
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </Answered>
  );
}

const Leaf = ({ path, text }: { readonly path: string; readonly text: string }) => (
  <tr>
    <th scope="row" className="mono">
      {path}
    </th>
    <td className="mono">{text}</td>
  </tr>
);

/** Newest first, each once: what runs, and what can come back. */
function revisionsOf({ history, revisions, active }: TrackView): readonly Named[] {
  const candidate = active ? [{ revision: active.candidate, version: active.version }] : [];
  const all = [...candidate, ...history, ...revisions];
  return all.filter(({ revision }, at) => all.findIndex((one) => one.revision === revision) === at);
}
