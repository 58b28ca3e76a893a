import type { BindingView, MemberView } from '@sluice/protocol/http/members.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { listQuestion } from '../../api/questions.ts';
import { useMayEverywhere } from '../../api/viewer.ts';
import { MayNot } from '../../parts/may-not.tsx';
import { Time } from '../../parts/time.tsx';
import { AskButton } from '../../parts/ask-button.tsx';
import { TextField } from '../../parts/fields.tsx';
import { ListPanel } from '../../parts/list-panel.tsx';
import { Named, Person, Sentence } from '../../parts/person.tsx';
import { ANY_VIEWER, RoleAtFields, RoleTags, roleWords } from './role-at-fields.tsx';
import { RemoveButton } from '../../parts/remove-button.tsx';

/** Who has been here, and who was given which role. */
export function MembersPanel() {
  const { client } = useApi();
  const may = useMayEverywhere('access:manage');
  const members = useAnswer(listQuestion<MemberView>('members', (page) => client.members(page)));
  const bindings = useAnswer({ name: 'bindings', ask: () => client.bindings() });
  return (
    <div className="stack">
      <ListPanel
        title="Members"
        about="Everybody who has signed in or was given a role."
        answer={members}
        keyOf={({ subject }) => subject}
        empty={{ icon: 'agents', title: 'Nobody yet', words: 'Whoever signs in is listed here.' }}
        columns={[
          { name: 'Who', cell: (member) => <Who member={member} /> },
          { name: 'Groups', cell: ({ groups }) => groups.join(', ') || <span className="muted">none</span> },
          { name: 'Roles', cell: ({ roles }) => <RoleTags roles={roles} /> },
          {
            name: 'Last seen',
            cell: ({ lastSeenAt }) => (lastSeenAt === null ? 'never' : <Time at={lastSeenAt} />),
          },
          ...(may.allowed ? [{ name: ' ', cell: (member: MemberView) => <Remove member={member} /> }] : []),
        ]}
      />
      <ListPanel
        title="Given roles"
        about="Roles of people, of groups of the identity provider, and of jobs."
        action={may.allowed ? <GiveRole /> : <MayNot allowance={may} what="give roles" />}
        answer={bindings}
        keyOf={(binding) => `${binding.subject} ${roleWords(binding)}`}
        empty={{ icon: 'lock', title: 'No roles are given', words: 'Tokens have roles of their own.' }}
        columns={[
          { name: 'To whom', cell: ({ subject }) => <Named subject={subject} /> },
          { name: 'Role', cell: (binding) => <RoleTags roles={[binding]} /> },
          { name: 'Given by', cell: ({ addedBy }) => <Person subject={addedBy} /> },
          { name: 'When', cell: ({ addedAt }) => <Time at={addedAt} /> },
          ...(may.allowed ? [{ name: ' ', cell: (one: BindingView) => <TakeRole binding={one} /> }] : []),
        ]}
      />
    </div>
  );
}

const Who = ({ member: { name, subject, email } }: { readonly member: MemberView }) => (
  <>
    <div className="strong">{name}</div>
    <div className="small muted mono">{email ?? subject}</div>
  </>
);

function GiveRole() {
  const { client } = useApi();
  const [subject, setSubject] = useState('');
  const [roleAt, setRoleAt] = useState(ANY_VIEWER);
  return (
    <AskButton
      label="Give a role"
      buttonWeight="main"
      title="Give a role"
      action="Give it"
      act={() => client.bind({ ...roleAt, subject: subject.trim() })}
      said={`${subject} is ${roleWords(roleAt)}`}
    >
      <TextField
        label="To whom"
        at="/body/subject"
        placeholder="person:ada@example.com"
        hint="person:…, group:… or workload:…"
        value={subject}
        set={setSubject}
      />
      <RoleAtFields value={roleAt} set={setRoleAt} />
    </AskButton>
  );
}

function TakeRole({ binding }: { readonly binding: BindingView }) {
  const { client } = useApi();
  const { subject, role, project, environment } = binding;
  const words = `${roleWords(binding)} from ${subject}`;
  return (
    <AskButton
      label="Take away"
      of={words}
      buttonWeight="quiet"
      title={`Take ${words}?`}
      action="Take it away"
      weight="danger"
      act={() => client.unbind({ subject, role, project, environment })}
      said={`${subject} is no longer ${roleWords(binding)}`}
    >
      <p>
        It counts from the next request of <Sentence text={subject} /> on. It can be given again.
      </p>
    </AskButton>
  );
}

function Remove({ member: { subject, name } }: { readonly member: MemberView }) {
  const { client } = useApi();
  return (
    <RemoveButton what={name} of={subject} act={() => client.removeMember(subject)}>
      <p>
        The roles that {name} was given, their sessions and their personal tokens end at once, and cannot be
        brought back. What they did stays in the ledger.
      </p>
    </RemoveButton>
  );
}
