import type { OrganisationReply } from '@sluice/protocol/http/organisations.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { OPERATORS, useViewer } from '../../api/viewer.ts';
import { AskButton } from '../../parts/ask-button.tsx';
import { TextField } from '../../parts/fields.tsx';
import { ListPanel } from '../../parts/list-panel.tsx';
import { Empty } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { ShownOnce } from './shown-once.tsx';

/** The organisations of this control plane, for those who run it. */
export function OrganisationsPanel() {
  const viewer = useViewer();
  return viewer === undefined || viewer.tenant === OPERATORS ? (
    <Organisations />
  ) : (
    <section className="panel" aria-label="Organisations">
      <Empty icon="lock" title="For those who run the control plane">
        <p>
          You belong to the organisation {viewer.tenant}. Others are seen and made by the admins of{' '}
          {OPERATORS}.
        </p>
      </Empty>
    </section>
  );
}

function Organisations() {
  const { client } = useApi();
  const [made, setMade] = useState<OrganisationReply | null>(null);
  const answer = useAnswer({ name: 'organisations', ask: () => client.organisations() });
  const isRefused = answer.value === undefined && answer.failure !== null;
  return (
    <div className="stack">
      {made && (
        <ShownOnce
          name={`the admin token of ${made.organisation.tenant}`}
          token={made.token}
          warnings={[]}
          close={() => setMade(null)}
        />
      )}
      <ListPanel
        title="Organisations"
        about="They share this control plane and see nothing of each other."
        action={isRefused ? undefined : <AddOrganisation made={setMade} />}
        answer={answer}
        keyOf={({ tenant }) => tenant}
        empty={{ icon: 'agents', title: 'None', words: 'There is always one.' }}
        columns={[
          {
            name: 'Organisation',
            cell: ({ tenant, name }) => (
              <>
                <div className="strong">{name}</div>
                <div className="small muted mono">{tenant}</div>
              </>
            ),
          },
          { name: 'Made', cell: ({ createdAt }) => <Time at={createdAt} as="day" /> },
        ]}
      />
    </div>
  );
}

function AddOrganisation({ made }: { readonly made: (reply: OrganisationReply) => void }) {
  const { client } = useApi();
  const [tenant, setTenant] = useState('');
  const [name, setName] = useState('');
  const act = async () => {
    const reply = await client.addOrganisation({ tenant: tenant.trim(), name: name.trim() });
    if (reply.ok) made(reply.value);
    return reply;
  };
  return (
    <AskButton
      label="Make an organisation"
      buttonWeight="main"
      title="Make an organisation"
      action="Make it"
      act={act}
      said={`${tenant} is there. Copy the token of its admin now.`}
    >
      <TextField
        label="Name in addresses"
        at="/body/tenant"
        placeholder="acme"
        hint="Lower-case letters, digits and “-”, at most 32. It stays for ever."
        value={tenant}
        set={setTenant}
      />
      <TextField label="Name for people" at="/body/name" placeholder="Acme Ltd." value={name} set={setName} />
      <p>An organisation cannot be removed here. You get a token for its first admin, once.</p>
    </AskButton>
  );
}
