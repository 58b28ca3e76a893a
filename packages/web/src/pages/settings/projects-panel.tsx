import type { ProjectView } from '@sluice/protocol/http/members.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { useMayEverywhere } from '../../api/viewer.ts';
import { AskButton } from '../../parts/ask-button.tsx';
import { ChoiceField, TextField } from '../../parts/fields.tsx';
import { ListPanel } from '../../parts/list-panel.tsx';
import { MayNot } from '../../parts/may-not.tsx';
import { Link } from '../../routing/location.tsx';
import { applicationAddress } from '../../routing/addresses.ts';
import { RemoveButton } from '../../parts/remove-button.tsx';

/** Holds what was put into no other. */
const DEFAULT = 'default';

/** Applications that belong together, and so have the same people, windows and policies. */
export function ProjectsPanel() {
  const { client } = useApi();
  const may = useMayEverywhere('access:manage');
  const answer = useAnswer({ name: 'projects', ask: () => client.projects() });
  const names = answer.value?.items.map(({ name }) => name) ?? [];
  return (
    <ListPanel
      title="Projects"
      about="Applications that belong together. Roles, windows, freezes and rules can hold in one project alone."
      action={may.allowed ? <AddProject /> : <MayNot allowance={may} what="make projects" />}
      answer={answer}
      keyOf={({ name }) => name}
      empty={{ icon: 'board', title: 'No projects', words: 'Everything is in the project default.' }}
      columns={[
        { name: 'Project', cell: ({ name }) => <span className="strong">{name}</span> },
        {
          name: 'Applications',
          cell: (project) => <Applications project={project} names={names} />,
        },
        {
          name: ' ',
          cell: (project) =>
            may.allowed && project.name !== DEFAULT ? <RemoveProject project={project} /> : null,
        },
      ]}
    />
  );
}

function Applications(props: { readonly project: ProjectView; readonly names: readonly string[] }) {
  const { name, applications } = props.project;
  const others = props.names.filter((other) => other !== name);
  if (applications.length === 0) return <span className="muted">none yet</span>;
  return (
    <ul className="settings-lines">
      {applications.map((application) => (
        <li key={application}>
          <Link href={applicationAddress(application)}>{application}</Link>
          {others.length > 0 && <Move application={application} from={name} others={others} />}
        </li>
      ))}
    </ul>
  );
}

interface MoveProps {
  readonly application: string;
  readonly from: string;
  readonly others: readonly string[];
}

function Move({ application, from, others }: MoveProps) {
  const { client } = useApi();
  const [wish, setWish] = useState<string | null>(null);
  const to = wish ?? others[0] ?? '';
  return (
    <AskButton
      label="Move"
      of={application}
      buttonWeight="quiet"
      title={`Move ${application}`}
      action="Move it"
      act={() => client.moveApplication(application, to)}
      said={`${application} is in ${to}`}
    >
      <ChoiceField label="Into which project" value={to} set={setWish}>
        {others.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </ChoiceField>
      <p>
        From the next request on, who has a role in {to} may do to {application} what the role allows, and who
        has one in {from} alone no longer may. Windows, freezes and rules of {to} hold for it.
      </p>
    </AskButton>
  );
}

function AddProject() {
  const { client } = useApi();
  const [name, setName] = useState('');
  return (
    <AskButton
      label="Make a project"
      buttonWeight="main"
      title="Make a project"
      action="Make it"
      act={() => client.addProject(name.trim())}
      said={`The project ${name} is there`}
    >
      <TextField
        label="Name"
        at="/path/name"
        placeholder="payments"
        hint="Then move applications into it, or name it as “project” in a sluice.yaml before its first release."
        value={name}
        set={setName}
      />
    </AskButton>
  );
}

function RemoveProject({ project: { name, applications } }: { readonly project: ProjectView }) {
  const { client } = useApi();
  return (
    <RemoveButton
      what={`the project ${name}`}
      act={() => client.removeProject(name)}
      said={`The project ${name} was removed`}
    >
      <p>
        {applications.length === 0
          ? 'Nothing is in it. Roles that were given in it no longer allow anything.'
          : `It still has ${applications.length === 1 ? 'an application' : `${applications.length} applications`}: move them first, or this is refused.`}
      </p>
    </RemoveButton>
  );
}
