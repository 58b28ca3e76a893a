import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { TextField } from '../../../parts/fields.tsx';
import { type GateScope, SCOPE_LABELS, type ScopePart } from '../../../parts/scope-words.ts';

/** Where something is to hold. */
export function ScopeFields(props: {
  readonly scope: GateScope;
  readonly set: (scope: GateScope) => void;
  /** Said over the fields. */
  readonly label: string;
  /** The parts that can be narrowed; all of them unless said. */
  readonly only?: readonly ScopePart[];
}) {
  const { client } = useApi();
  const projects = useAnswer({ name: 'projects', ask: () => client.projects() }).value?.items ?? [];
  const known: Partial<Record<ScopePart, readonly string[]>> = {
    project: projects.map(({ name }) => name),
    application: projects.flatMap(({ applications }) => applications),
  };
  const put = (part: ScopePart, text: string): void => {
    const { [part]: _before, ...rest } = props.scope;
    props.set(text.trim() === '' ? rest : { ...rest, [part]: text.trim() });
  };
  return (
    <fieldset className="settings-pairs">
      <legend>{props.label}</legend>
      {SCOPE_LABELS.filter(([part]) => props.only?.includes(part) ?? true).map(([part, label]) => (
        <TextField
          key={part}
          label={label}
          at={`/body/scope/${part}`}
          placeholder="every one"
          isOptional
          list={known[part] ?? []}
          value={props.scope[part] ?? ''}
          set={(text) => put(part, text)}
        />
      ))}
    </fieldset>
  );
}
