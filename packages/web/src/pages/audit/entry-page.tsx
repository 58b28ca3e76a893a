import type { AuditEntryView } from '@sluice/protocol/http/audit.ts';
import { type ReactNode, useEffect, useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { Named, Sentence } from '../../parts/person.tsx';
import { Answered, Failed, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { Link } from '../../routing/location.tsx';
import type { PageProps } from '../../routing/routes.ts';
import './audit.css';
import { TableScroll } from '../../parts/table-scroll.tsx';

/** One entry of the ledger, with all that its leaf in the tree covers. */
export function EntryPage({ words }: PageProps) {
  const { client } = useApi();
  const sequence = Number(words['sequence']);
  const answer = useAnswer({ name: `audit-entry:${sequence}`, ask: () => client.auditEntry(sequence) });
  useEffect(() => {
    document.title = `Entry ${sequence} · Audit · Sluice`;
  }, [sequence]);
  return (
    <div className="stack">
      <div className="page-head">
        <div>
          <p className="crumbs">
            <Link href="/audit">Audit</Link> / {sequence}
          </p>
          <h1>Entry {sequence}</h1>
        </div>
      </div>
      <Answered answer={answer} what="the entry" height={320}>
        {(entry) => <Entry entry={entry} />}
      </Answered>
    </div>
  );
}

function Entry({ entry }: { readonly entry: AuditEntryView }) {
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <section className="panel table-scroll" tabIndex={0} aria-label="What stands in it">
        <table className="table">
          <tbody>
            <Line name="When">
              <Time at={entry.at} as="day" />
            </Line>
            <Line name="Who">
              <Like name="actor" value={entry.actor} />
            </Line>
            <Line name="Did what">
              <Like name="action" value={entry.action} />
            </Line>
            <Line name="To what">
              <Like name="subject" value={entry.subject} />
            </Line>
            {entry.reason !== undefined && (
              <Line name="Why">
                <Sentence text={entry.reason} />
              </Line>
            )}
            {entry.approvals?.map(({ by, reason }) => (
              <Line key={by} name="Approved by">
                <Named subject={by} />
                {reason !== undefined && <p className="muted">{reason}</p>}
              </Line>
            ))}
            {entry.requestId !== undefined && (
              <Line name="Request">
                <code>{entry.requestId}</code>
              </Line>
            )}
            <Hash name="Before" hash={entry.before} />
            <Hash name="After" hash={entry.after} />
            <Hash name="Leaf of the tree" hash={entry.leafHash ?? undefined} />
          </tbody>
        </table>
      </section>
      <Detail entry={entry} />
      <section className="panel" aria-label="Proof">
        <div className="panel-head">
          <h2>Proof that it stands in the tree</h2>
          {!isAsked && (
            <button type="button" className="button push" onClick={() => setAsked(true)}>
              Show the proof
            </button>
          )}
        </div>
        {isAsked && <Inclusion sequence={entry.sequence} />}
      </section>
    </>
  );
}

function Detail({ entry: { detail, expiredAt } }: { readonly entry: AuditEntryView }) {
  if (expiredAt !== null) {
    return (
      <p className="note">
        <span>
          Its contents were removed <Time at={expiredAt} />, as their time was over. The hash that is left
          keeps its place in the tree.
        </span>
      </p>
    );
  }
  return (
    <section className="panel" aria-label="More about it">
      <div className="panel-head">
        <h2>More about it</h2>
      </div>
      <pre className="text-block" tabIndex={0}>
        {JSON.stringify(detail, null, 2)}
      </pre>
    </section>
  );
}

function Inclusion({ sequence }: { readonly sequence: number }) {
  const { client } = useApi();
  const { value, failure } = useAnswer({
    name: `inclusion:${sequence}`,
    ask: () => client.inclusionProof(sequence),
  });
  if (value === undefined)
    return failure ? <Failed failure={failure} /> : <Loading height={120} what="the proof" />;
  return (
    <TableScroll label="The proof">
      <table className="table">
        <tbody>
          <Line name="Tree">{value.size} entries</Line>
          <Hash name="Root" hash={value.rootHash} />
          <Line name="Path">
            <ol>
              {value.proof.map((hash) => (
                <li key={hash}>
                  <code className="audit-hash">{hash}</code>
                </li>
              ))}
            </ol>
          </Line>
        </tbody>
      </table>
      <p className="small muted audit-foot">
        Whoever hashes the leaf with this path as RFC 6962 says comes to the root, without believing the
        control plane.
      </p>
    </TableScroll>
  );
}

const Line = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <tr>
    <th scope="row">{name}</th>
    <td>{children}</td>
  </tr>
);

const Hash = ({ name, hash }: { readonly name: string; readonly hash: string | undefined }) =>
  hash === undefined ? null : (
    <Line name={name}>
      <code className="audit-hash">{hash}</code>
    </Line>
  );

/** Leads to all entries that have this in common. */
const Like = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <Link href={`/audit?${new URLSearchParams({ [name]: value })}`}>
    <Named subject={value} />
  </Link>
);
