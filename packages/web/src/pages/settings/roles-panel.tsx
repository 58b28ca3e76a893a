import { PERMISSIONS } from '@sluice/core/access/permissions.ts';
import type { RoleView } from '@sluice/protocol/http/members.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { useMayEverywhere } from '../../api/viewer.ts';
import { MayNot } from '../../parts/may-not.tsx';
import { AskButton } from '../../parts/ask-button.tsx';
import { TextField } from '../../parts/fields.tsx';
import { ListPanel } from '../../parts/list-panel.tsx';
import { RemoveButton } from '../../parts/remove-button.tsx';

type Permission = keyof typeof PERMISSIONS;
const ALL = Object.entries(PERMISSIONS) as readonly [Permission, string][];

/** The roles that there are, and what each may do. */
export function RolesPanel() {
  const { client } = useApi();
  const may = useMayEverywhere('access:manage');
  const answer = useAnswer({ name: 'roles', ask: () => client.roles() });
  return (
    <ListPanel
      title="Roles"
      about="What each role may do. The built-in ones stay as they are; make others of the same permissions."
      action={may.allowed ? <PutRole /> : <MayNot allowance={may} what="make roles" />}
      answer={answer}
      keyOf={({ name }) => name}
      empty={{ icon: 'lock', title: 'No roles', words: 'There are always the built-in ones.' }}
      columns={[
        { name: 'Role', cell: (role) => <RoleName role={role} /> },
        { name: 'May', cell: ({ permissions }) => <May permissions={permissions} /> },
        {
          name: ' ',
          cell: (role) => (may.allowed && !role.builtIn ? <RemoveRole name={role.name} /> : null),
        },
      ]}
    />
  );
}

const RoleName = ({ role: { name, builtIn } }: { readonly role: RoleView }) => (
  <>
    <div className="strong">{name}</div>
    <div className="small muted">{builtIn ? 'built in' : 'your own'}</div>
  </>
);

/** All of it in words, opened by whoever wants to know. */
function May({ permissions }: { readonly permissions: readonly string[] }) {
  if (permissions.length === ALL.length) return <>Everything</>;
  return (
    <details>
      <summary>{permissions.length === 1 ? '1 permission' : `${permissions.length} permissions`}</summary>
      <ul className="small settings-permissions">
        {permissions.map((name) => (
          <li key={name}>
            <code>{name}</code> <span className="muted">{PERMISSIONS[name as Permission]}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function PutRole() {
  const { client } = useApi();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly Permission[]>([]);
  const toggle = (permission: Permission): void =>
    setChosen((before) =>
      before.includes(permission) ? before.filter((one) => one !== permission) : [...before, permission],
    );
  return (
    <AskButton
      label="Make a role"
      buttonWeight="main"
      title="Make a role"
      action="Make it"
      act={() => client.putRole(name.trim(), chosen)}
      said={`The role ${name} is there`}
    >
      <TextField
        label="Name"
        at="/path/name"
        placeholder="on-call"
        hint="A role of this name is replaced."
        value={name}
        set={setName}
      />
      <fieldset className="settings-choices">
        <legend>What it may do</legend>
        {ALL.map(([permission, words]) => (
          <label key={permission}>
            <input
              type="checkbox"
              checked={chosen.includes(permission)}
              onChange={() => toggle(permission)}
            />
            <span>
              <code>{permission}</code> <span className="small muted">{words}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </AskButton>
  );
}

function RemoveRole({ name }: { readonly name: string }) {
  const { client } = useApi();
  return (
    <RemoveButton
      what={`the role ${name}`}
      act={() => client.removeRole(name)}
      said={`The role ${name} was removed`}
    >
      <p>Whoever has it may no longer do what it allows.</p>
    </RemoveButton>
  );
}
