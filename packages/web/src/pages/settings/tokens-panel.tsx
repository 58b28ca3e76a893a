import type { NewTokenView, TokenView } from '@sluice/protocol/http/access.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { listQuestion } from '../../api/questions.ts';
import { Time } from '../../parts/time.tsx';
import { AskButton } from '../../parts/ask-button.tsx';
import { ChoiceField, TextField } from '../../parts/fields.tsx';
import { ListPanel } from '../../parts/list-panel.tsx';
import { Person } from '../../parts/person.tsx';
import { ShownOnce } from './shown-once.tsx';
import { ANY_VIEWER, RoleAtFields, RoleTags } from './role-at-fields.tsx';

/** What programs come in with. */
export function TokensPanel() {
  const { client } = useApi();
  const [made, setMade] = useState<NewTokenView | null>(null);
  const answer = useAnswer(listQuestion<TokenView>('tokens', (page) => client.tokens(page)));
  return (
    <div className="stack">
      {made && <ShownOnce {...made} close={() => setMade(null)} />}
      <ListPanel
        title="Tokens"
        about="For programs. What lets in is shown once, when a token is made."
        action={<MakeToken made={setMade} />}
        answer={answer}
        keyOf={({ id }) => id}
        empty={{
          icon: 'lock',
          title: 'No tokens',
          words: 'Make one for each program, with no more than it needs.',
        }}
        columns={[
          { name: 'Token', cell: (token) => <TokenName token={token} /> },
          { name: 'Roles', cell: ({ roles }) => <RoleTags roles={roles} /> },
          { name: 'Made by', cell: ({ createdBy }) => <Person subject={createdBy} /> },
          {
            name: 'Expires',
            cell: ({ expiresAt }) => (expiresAt === null ? 'never' : <Time at={expiresAt} as="day" />),
          },
          {
            name: 'Last used',
            cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : <Time at={lastUsedAt} />),
          },
          { name: ' ', cell: (token) => <Revoke token={token} /> },
        ]}
      />
    </div>
  );
}

const TokenName = ({ token: { name, subject } }: { readonly token: TokenView }) => (
  <>
    <div className="strong">{name}</div>
    <div className="small muted mono">{subject}</div>
  </>
);

function MakeToken({ made }: { readonly made: (token: NewTokenView) => void }) {
  const { client } = useApi();
  const [name, setName] = useState('');
  const [roleAt, setRoleAt] = useState(ANY_VIEWER);
  const [days, setDays] = useState('90');
  const make = async () => {
    const expiresInDays = days === 'never' ? null : Number(days);
    const reply = await client.createToken({ name: name.trim(), roles: [roleAt], expiresInDays });
    if (reply.ok) {
      made(reply.value);
      setName('');
    }
    return reply;
  };
  return (
    <AskButton
      label="Make a token"
      buttonWeight="main"
      title="Make a token"
      action="Make it"
      act={make}
      said="The token is made. Copy it now."
    >
      <TextField
        label="Name"
        at="/body/name"
        placeholder="ci"
        hint="Stands in the ledger with what it does."
        value={name}
        set={setName}
      />
      <RoleAtFields value={roleAt} set={setRoleAt} />
      <ChoiceField label="Expires" value={days} set={setDays}>
        {['7', '30', '90', '365'].map((count) => (
          <option key={count} value={count}>
            in {count} days
          </option>
        ))}
        <option value="never">never</option>
      </ChoiceField>
    </AskButton>
  );
}

function Revoke({ token: { id, name } }: { readonly token: TokenView }) {
  const { client } = useApi();
  return (
    <AskButton
      label="Revoke"
      of={name}
      buttonWeight="quiet"
      title={`Revoke ${name}?`}
      action="Revoke"
      weight="danger"
      act={() => client.revokeToken(id)}
      said={`${name} was revoked`}
    >
      <p>Whatever comes in with it is refused from the next request on. It cannot be brought back.</p>
    </AskButton>
  );
}
