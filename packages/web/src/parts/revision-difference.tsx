import type { RevisionView } from '@sluice/protocol/http/revisions.ts';
import { useAnswer, useApi } from '../api/dashboard-api.tsx';
import { type Change, differencesOf } from './differences-of.ts';
import { Answered, Empty } from './states.tsx';
import { TableScroll } from './table-scroll.tsx';

interface DifferenceProps {
  readonly track: string;
  /** Null: nothing was there before. */
  readonly from: string | null;
  readonly to: string;
}

/** What is different between two revisions, value by value. */
export function RevisionDifference({ track, from, to }: DifferenceProps) {
  const after = useRevision(track, to);
  const before = useRevision(track, from ?? to);
  return (
    <Answered answer={after} what="the revision" height={200}>
      {(newer) => (
        <Answered answer={before} what="the revision before" height={200}>
          {(older) => <Changes older={from === null ? null : older} newer={newer} />}
        </Answered>
      )}
    </Answered>
  );
}

function useRevision(track: string, revision: string) {
  const { client } = useApi();
  return useAnswer<RevisionView>({
    name: `revision:${track} ${revision}`,
    ask: () => client.revision(track, revision),
  });
}

function Changes({ older, newer }: { readonly older: RevisionView | null; readonly newer: RevisionView }) {
  const changes = differencesOf(older === null ? {} : contentOf(older), contentOf(newer));
  if (changes.length === 0) {
    return (
      <Empty icon="good" title="Nothing is different">
        <p>Both are made of the same content.</p>
      </Empty>
    );
  }
  return (
    <TableScroll label="What is different">
      <table className="table difference">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">{older?.version ?? 'Before'}</th>
            <th scope="col">{newer.version}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <Row key={change.path} change={change} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Row({ change: { path, before, after } }: { readonly change: Change }) {
  return (
    <tr>
      <th scope="row" className="mono">
        {path}
      </th>
      <td className="mono">
        {before === undefined ? <span className="muted">not there</span> : <del>{before}</del>}
      </td>
      <td className="mono">
        {after === undefined ? <span className="muted">not there</span> : <ins>{after}</ins>}
      </td>
    </tr>
  );
}

const contentOf = ({ version, component }: RevisionView) => ({ version, ...component });
