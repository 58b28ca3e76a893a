import type { WitnessView } from '@sluice/protocol/http/audit.ts';
import type { AuditVerificationView } from '@sluice/protocol/http/audit-keeping.ts';
import type { SignedHead } from '@sluice/protocol/ledger/head-schema.ts';
import type { ApiReply } from '@sluice/protocol/http/api-call.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { countWords } from '../../parts/figures.ts';
import type { IconName } from '../../parts/icon.tsx';
import { Mark, type Tone } from '../../parts/mark.tsx';
import { Answered, Empty, Failed } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { TableScroll } from '../../parts/table-scroll.tsx';

/** Why the ledger can be believed: its signed head, who keeps it elsewhere, and the whole of it read again. */
export function ProofPanel() {
  const { client } = useApi();
  const head = useAnswer({ name: 'audit-head', ask: () => client.auditHead() }, 15_000);
  const witnesses = useAnswer({ name: 'audit-witnesses', ask: () => client.auditWitnesses() }, 15_000);
  return (
    <div className="stack">
      <section className="panel" aria-label="Signed head">
        <div className="panel-head">
          <h2>Signed head</h2>
        </div>
        <Answered answer={head} what="the head" height={150}>
          {(value) => <Head head={value} />}
        </Answered>
      </section>
      <section className="panel" aria-label="Witnesses">
        <div className="panel-head">
          <div>
            <h2>Witnesses</h2>
            <p className="small muted">Each keeps the head where the database cannot change it.</p>
          </div>
        </div>
        <Answered answer={witnesses} what="the witnesses" height={120}>
          {({ items }) => <Witnesses items={items} />}
        </Answered>
      </section>
      <Verification />
    </div>
  );
}

const Head = ({ head }: { readonly head: SignedHead }) => (
  <TableScroll label="The signed head, as a table">
    <table className="table">
      <tbody>
        <tr>
          <th scope="row">Entries</th>
          <td>{countWords(head.size)}</td>
        </tr>
        <tr>
          <th scope="row">Root</th>
          <td>
            <code className="audit-hash">{head.rootHash}</code>
          </td>
        </tr>
        <tr>
          <th scope="row">Signed</th>
          <td>
            <Time at={head.at} /> with the key <code>{head.keyId}</code>
          </td>
        </tr>
      </tbody>
    </table>
  </TableScroll>
);

const LOOKS: Readonly<Record<WitnessView['state'], readonly [Tone, IconName, string]>> = {
  agrees: ['good', 'good', 'Agrees'],
  contradicts: ['bad', 'bad', 'Contradicts'],
  unreachable: ['warn', 'warn', 'Unreachable'],
  waits: ['idle', 'waiting', 'Waits'],
};

function Witnesses({ items }: { readonly items: readonly WitnessView[] }) {
  if (items.length === 0) {
    return (
      <Empty icon="warn" title="There is no witness">
        <p>
          Whoever can change the database and its keys could write the ledger anew. A witness would notice.
        </p>
      </Empty>
    );
  }
  return (
    <TableScroll label="The witnesses, as a table">
      <table className="table">
        <thead>
          <tr>
            {['Witness', 'State', 'Has seen', 'Asked'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((witness) => (
            <Witness key={witness.name} witness={witness} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Witness({
  witness: { name, kind, state, head, askedAt, problem },
}: {
  readonly witness: WitnessView;
}) {
  const [tone, icon, word] = LOOKS[state];
  return (
    <tr>
      <td>
        {name} <span className="muted">{kind}</span>
      </td>
      <td>
        <Mark tone={tone} icon={icon}>
          {word}
        </Mark>
        {problem !== null && <div className="small">{problem}</div>}
      </td>
      <td>{head === null ? '–' : `${countWords(head.size)} entries`}</td>
      <td>{askedAt === null ? 'not yet' : <Time at={askedAt} />}</td>
    </tr>
  );
}

function Verification() {
  const { client } = useApi();
  const [isBusy, setBusy] = useState(false);
  const [reply, setReply] = useState<ApiReply<AuditVerificationView> | null>(null);
  const verify = async (): Promise<void> => {
    setBusy(true);
    setReply(await client.verifyAudit());
    setBusy(false);
  };
  return (
    <section className="panel" aria-label="Verification">
      <div className="panel-head">
        <div>
          <h2>Verification</h2>
          <p className="small muted">
            Reads every entry, builds the tree anew, and compares it with each known head.
          </p>
        </div>
        <button type="button" className="button push" disabled={isBusy} onClick={() => void verify()}>
          {isBusy ? 'Reading the ledger…' : 'Verify now'}
        </button>
      </div>
      <div role="status">
        {reply && (reply.ok ? <Found found={reply.value} /> : <Failed failure={reply.failure} />)}
      </div>
    </section>
  );
}

function Found({ found }: { readonly found: AuditVerificationView }) {
  const { entries, headsCompared, intact, firstFault, badSignatures } = found;
  return (
    <div className="panel-body stack">
      {intact ? (
        <Mark tone="good" icon="good" form="pill">
          Intact
        </Mark>
      ) : (
        <Mark tone="bad" icon="bad" form="pill">
          Not intact
        </Mark>
      )}
      <p>
        {countWords(entries)} entries were read, and {countWords(headsCompared)} known roots compared.
      </p>
      {firstFault && (
        <p>
          The first that is wrong is entry {firstFault.sequence}: {firstFault.problem}
        </p>
      )}
      {badSignatures.map((words) => (
        <p key={words}>{words}</p>
      ))}
    </div>
  );
}
