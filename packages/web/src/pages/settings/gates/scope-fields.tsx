import type { FreezeView } from '@sluice/protocol/http/gate-rules.ts';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { TextField } from '../../../parts/fields.tsx';

/** Where something holds; a part that is not there stands for every one. */
export type GateScope = FreezeView['scope'];

type Part = keyof GateScope;

const LABELS: readonly (readonly [Part, string])[] = [
  ['project', 'Project'],
  ['application', 'Application'],
  ['environment', 'Environment'],
  ['component', 'Component'],
];

/** Where something is to hold. */
export function ScopeFields(props: {
  readonly scope: GateScope;
  readonly set: (scope: GateScope) => void;
  /** Said over the fields. */
  readonly label: string;
}) {
  const { client } = useApi();
  const projects = useAnswer({ name: 'projects', ask: () => client.projects() }).value?.items ?? [];
  const known: Partial<Record<Part, readonly string[]>> = {
    project: projects.map(({ name }) => name),
    application: projects.flatMap(({ applications }) => applications),
  };
  const put = (part: Part, text: string): void => {
    const { [part]: _before, ...rest } = props.scope;
    props.set(text.trim() === '' ? rest : { ...rest, [part]: text.trim() });
  };
  return (
    <fieldset className="settings-pairs">
      <legend>{props.label}</legend>
      {LABELS.map(([part, label]) => (
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

/** Where something holds, in words: `project shop, environment production`. */
export function scopeWords(scope: GateScope): string {
  const parts = LABELS.flatMap(([part, label]) => {
    const name = scope[part];
    return name === undefined ? [] : [`${label.toLowerCase()} ${name}`];
  });
  return parts.length === 0 ? 'the whole organisation' : parts.join(', ');
}
