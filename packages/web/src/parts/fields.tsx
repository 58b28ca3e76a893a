import { type ReactNode, useId } from 'react';
import { useFieldFault } from './field-faults.ts';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly hint?: ReactNode;
  readonly isOptional?: boolean;
  readonly placeholder?: string;
  /** Where its value stands in the request, `/body/name`: what is wrong there is said at the field. */
  readonly at?: string;
}

interface TextFieldProps extends FieldProps {
  /** What is offered; anything else can be given as well. */
  readonly list?: readonly string[];
  /** `password` for what nobody may read over a shoulder. */
  readonly type?: 'text' | 'number' | 'datetime-local' | 'password';
}

/** A line of text that somebody gives. */
export function TextField(props: TextFieldProps) {
  const id = useId();
  return (
    <Field {...props} id={id}>
      <input
        {...common(props, id, useFieldFault(props.at))}
        type={props.type ?? 'text'}
        autoComplete={props.type === 'password' ? 'new-password' : 'off'}
        list={props.list ? `${id}-known` : undefined}
        onChange={({ target }) => props.set(target.value)}
      />
      {props.list && (
        <datalist id={`${id}-known`}>
          {props.list.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
    </Field>
  );
}

interface AreaFieldProps extends FieldProps {
  readonly rows?: number;
  readonly most?: number;
}

/** Several lines of text that somebody gives. */
export function AreaField(props: AreaFieldProps) {
  const id = useId();
  return (
    <Field {...props} id={id}>
      <textarea
        {...common(props, id, useFieldFault(props.at))}
        rows={props.rows ?? 2}
        maxLength={props.most}
        onChange={({ target }) => props.set(target.value)}
      />
    </Field>
  );
}

/** One of several. */
export function ChoiceField(props: Omit<FieldProps, 'placeholder'> & { readonly children: ReactNode }) {
  const id = useId();
  return (
    <Field {...props} id={id}>
      <select
        {...common({ ...props, isOptional: true }, id, useFieldFault(props.at))}
        onChange={({ target }) => props.set(target.value)}
      >
        {props.children}
      </select>
    </Field>
  );
}

/** Yes or no. */
export function CheckField(props: {
  readonly label: ReactNode;
  readonly isOn: boolean;
  /** Whether nothing is sent before it is said. */
  readonly isNeeded?: boolean;
  readonly set: (isOn: boolean) => void;
}) {
  return (
    <label className="field-check">
      <input
        type="checkbox"
        checked={props.isOn}
        required={props.isNeeded}
        onChange={({ target }) => props.set(target.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}

function common(
  { value, isOptional, placeholder, hint }: FieldProps,
  id: string,
  fault: string | null,
): Readonly<Record<string, unknown>> & { readonly value: string } {
  const said = [hint === undefined ? '' : `${id}-hint`, fault === null ? '' : `${id}-fault`].filter(Boolean);
  return {
    ...{ id, className: 'input', spellCheck: false, required: isOptional !== true, placeholder, value },
    ...(said.length === 0 ? {} : { 'aria-describedby': said.join(' ') }),
    ...(fault === null ? {} : { 'aria-invalid': true }),
  };
}

function Field(
  props: Pick<FieldProps, 'label' | 'hint' | 'at'> & { readonly id: string; readonly children: ReactNode },
) {
  const fault = useFieldFault(props.at);
  return (
    <div className="field">
      <label htmlFor={props.id}>{props.label}</label>
      {props.children}
      {fault !== null && (
        <span id={`${props.id}-fault`} className="small field-fault">
          {fault}
        </span>
      )}
      {props.hint !== undefined && (
        <span id={`${props.id}-hint`} className="small muted">
          {props.hint}
        </span>
      )}
    </div>
  );
}
