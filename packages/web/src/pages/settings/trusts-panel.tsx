import type { TrustView } from '@sluice/protocol/http/trusts.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { useMayEverywhere } from '../../api/viewer.ts';
import { AskButton } from '../../parts/ask-button.tsx';
import { AreaField, ChoiceField, TextField } from '../../parts/fields.tsx';
import { ListPanel } from '../../parts/list-panel.tsx';
import { MayNot } from '../../parts/may-not.tsx';
import { claimsOf } from './claims-of.ts';
import { ANY_VIEWER, RoleAtFields, RoleTags } from './role-at-fields.tsx';
import { RemoveButton } from '../../parts/remove-button.tsx';
import { ByWhom } from '../../parts/by-whom.tsx';

/** Whose CI jobs come in with the token that their provider gives them. */
export function TrustsPanel() {
  const { client } = useApi();
  const may = useMayEverywhere('access:manage');
  const answer = useAnswer({ name: 'trusts', ask: () => client.trusts() });
  return (
    <ListPanel
      title="CI identities"
      about="Jobs that come in with the ID token of their provider, for a few minutes each. No secret has to be kept in CI."
      action={may.allowed ? <AddTrust /> : <MayNot allowance={may} what="trust CI jobs" />}
      answer={answer}
      keyOf={({ name }) => name}
      empty={{
        icon: 'lock',
        title: 'No CI jobs are trusted',
        words: 'Trust the jobs of one repository, and it releases without a token of ours.',
      }}
      columns={[
        {
          name: 'Identity',
          cell: ({ name, issuer, audience }) => (
            <>
              <div className="strong">{name}</div>
              <div className="small muted settings-break">{issuer}</div>
              <div className="small muted">for {audience}</div>
            </>
          ),
        },
        { name: 'Has to say', cell: ({ claims }) => <Claims claims={claims} /> },
        { name: 'Roles', cell: ({ roles }) => <RoleTags roles={roles} /> },
        {
          name: 'By',
          cell: ({ addedBy, addedAt }) => <ByWhom by={addedBy} at={addedAt} />,
        },
        ...(may.allowed
          ? [{ name: ' ', cell: (trust: TrustView) => <RemoveTrust name={trust.name} /> }]
          : []),
      ]}
    />
  );
}

const Claims = ({ claims }: Pick<TrustView, 'claims'>) => (
  <ul className="small mono settings-break">
    {Object.entries(claims).map(([name, value]) => (
      <li key={name}>
        {name}: {value}
      </li>
    ))}
  </ul>
);

const PROVIDERS = {
  github: {
    label: 'GitHub Actions',
    issuer: 'https://token.actions.githubusercontent.com',
    claims: 'repository: acme/shop\nref: refs/heads/main',
  },
  gitlab: {
    label: 'GitLab CI',
    issuer: 'https://gitlab.com',
    claims: 'project_path: acme/shop\nref: main\nref_protected: true',
  },
  other: { label: 'another', issuer: '', claims: '' },
} as const;

type Provider = keyof typeof PROVIDERS;

function AddTrust() {
  const { client } = useApi();
  const [name, setName] = useState('');
  const [provider, setProvider] = useState<Provider>('github');
  const [issuer, setIssuer] = useState<string>(PROVIDERS.github.issuer);
  const [audience, setAudience] = useState('sluice');
  const [claims, setClaims] = useState('');
  const [role, setRole] = useState(ANY_VIEWER);
  const choose = (chosen: string): void => {
    setProvider(chosen as Provider);
    setIssuer(PROVIDERS[chosen as Provider].issuer);
  };
  return (
    <AskButton
      label="Trust CI jobs"
      buttonWeight="main"
      title="Trust CI jobs"
      action="Trust them"
      act={() =>
        client.putTrust(name.trim(), {
          ...{ issuer: issuer.trim(), audience: audience.trim() },
          ...{ claims: claimsOf(claims), roles: [role] },
        })
      }
      said={`Jobs of ${name} are let in`}
    >
      <TextField
        label="Name"
        at="/path/name"
        placeholder="shop-releases"
        hint="One of this name is replaced."
        value={name}
        set={setName}
      />
      <ChoiceField label="Provider" value={provider} set={choose}>
        {Object.entries(PROVIDERS).map(([key, { label }]) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </ChoiceField>
      <TextField
        label="Issuer"
        at="/body/issuer"
        hint={provider === 'gitlab' ? 'Your own address where GitLab is yours.' : undefined}
        value={issuer}
        set={setIssuer}
      />
      <TextField
        label="Audience"
        at="/body/audience"
        hint="The job asks for a token for exactly this."
        value={audience}
        set={setAudience}
      />
      <AreaField
        label="What its tokens have to say"
        at="/body/claims"
        rows={3}
        placeholder={PROVIDERS[provider].claims}
        hint="One claim a line, all have to fit; * stands for anything. Name the repository at least."
        value={claims}
        set={setClaims}
      />
      <RoleAtFields value={role} set={setRole} />
    </AskButton>
  );
}

function RemoveTrust({ name }: { readonly name: string }) {
  const { client } = useApi();
  return (
    <RemoveButton
      what={name}
      act={() => client.removeTrust(name)}
      said={`Jobs of ${name} are let in no longer`}
    >
      <p>Its jobs are let in no longer. A release that is under way goes on.</p>
    </RemoveButton>
  );
}
