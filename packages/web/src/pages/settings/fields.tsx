import { type ReactNode, useId } from 'react';

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly hint?: string;
  readonly isOptional?: boolean;
  readonly placeholder?: string;
  readonly list?: readonly string[];
}

/** A line of text that somebody gives. */
export function TextField(props: TextFieldProps) {
  const id = useId();
  return (
    <label className="field" htmlFor={id}>
      {props.label}
      <input
        id={id}
        className="input"
        autoComplete="off"
        spellCheck={false}
        required={props.isOptional !== true}
        placeholder={props.placeholder}
        list={props.list ? `${id}-known` : undefined}
        value={props.value}
        onChange={({ target }) => props.set(target.value)}
      />
      {props.list && (
        <datalist id={`${id}-known`}>
          {props.list.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
      {props.hint !== undefined && <span className="small muted">{props.hint}</span>}
    </label>
  );
}

/** One of several. */
export function ChoiceField(props: {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <label className="field" htmlFor={id}>
      {props.label}
      <select
        id={id}
        className="input"
        value={props.value}
        onChange={({ target }) => props.set(target.value)}
      >
        {props.children}
      </select>
    </label>
  );
}
