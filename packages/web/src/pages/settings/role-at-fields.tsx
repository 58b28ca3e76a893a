import type { RoleAtView } from '@sluice/protocol/http/access.ts';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { ChoiceField, TextField } from '../../parts/fields.tsx';

interface RoleAtProps {
  readonly value: RoleAtView;
  readonly set: (value: RoleAtView) => void;
}

/** A role for nobody in particular, to begin a form with. */
export const ANY_VIEWER: RoleAtView = { role: 'viewer', project: '*', environment: '*' };

/** Which role, and where it counts. */
export function RoleAtFields({ value, set }: RoleAtProps) {
  const { client } = useApi();
  const roles = useAnswer({ name: 'roles', ask: () => client.roles() }).value?.items ?? [];
  const projects = useAnswer({ name: 'projects', ask: () => client.projects() }).value?.items ?? [];
  const names = roles.length === 0 ? [value.role] : roles.map(({ name }) => name);
  const blankAsAll = (text: string): string => (text.trim() === '' ? '*' : text.trim());
  const shown = (place: string): string => (place === '*' ? '' : place);
  return (
    <>
      <ChoiceField label="Role" value={value.role} set={(role) => set({ ...value, role })}>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </ChoiceField>
      <TextField
        label="In which project"
        placeholder="all of them"
        isOptional
        list={projects.map(({ name }) => name)}
        value={shown(value.project)}
        set={(project) => set({ ...value, project: blankAsAll(project) })}
      />
      <TextField
        label="In which environment"
        placeholder="all of them"
        isOptional
        value={shown(value.environment)}
        set={(environment) => set({ ...value, environment: blankAsAll(environment) })}
      />
    </>
  );
}

/** A role with its place in words: `developer in shop, staging`. */
export function roleWords({ role, project, environment }: RoleAtView): string {
  const where = [project === '*' ? null : project, environment === '*' ? null : environment];
  const known = where.filter((part) => part !== null);
  return known.length === 0 ? role : `${role} in ${known.join(', ')}`;
}

/** Roles as labels. */
export const RoleTags = ({ roles }: { readonly roles: readonly RoleAtView[] }) => (
  <span className="row">
    {roles.length === 0 && <span className="muted">none of its own</span>}
    {roles.map((role) => (
      <span key={roleWords(role)} className="tag">
        {roleWords(role)}
      </span>
    ))}
  </span>
);
