import { type UIEvent, useId, useRef } from 'react';
import { codePieces } from './code-parts.ts';
import './code-text.css';

/** A fault in a line of a text. */
export interface LineFault {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** Code with its numbers of lines. */
export function CodeText({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className="code-text" role="region" aria-label={label} tabIndex={0}>
      <CodeLines text={text} faulty={new Set()} />
    </div>
  );
}

function CodeLines({ text, faulty }: { readonly text: string; readonly faulty: ReadonlySet<number> }) {
  return (
    <pre>
      {text.split('\n').map((line, at) => (
        <span key={at} className="code-line" data-faulty={faulty.has(at + 1)}>
          {codePieces(line).map(({ part, text: words }, piece) => (
            <span key={piece} data-part={part}>
              {words}
            </span>
          ))}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

interface CodeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly faults: readonly LineFault[];
}

/** Code that somebody writes: the colours lie beneath what is typed, and what is wrong stands below with its line. */
export function CodeField({ label, value, set, faults }: CodeFieldProps) {
  const id = useId();
  const lines = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const follow = ({ currentTarget }: UIEvent<HTMLTextAreaElement>): void => {
    if (lines.current)
      lines.current.style.transform = `translate(${-currentTarget.scrollLeft}px, ${-currentTarget.scrollTop}px)`;
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="code-field">
        <div className="code-text" ref={lines} aria-hidden="true">
          <CodeLines text={value} faulty={new Set(faults.map(({ line }) => line))} />
        </div>
        <textarea
          ref={field}
          id={id}
          wrap="off"
          spellCheck={false}
          required
          aria-invalid={faults.length > 0}
          aria-describedby={`${id}-faults`}
          value={value}
          onScroll={follow}
          onChange={({ target }) => set(target.value)}
        />
      </div>
      <ul id={`${id}-faults`} className="code-faults" aria-live="polite">
        {faults.map(({ line, message }, at) => (
          <li key={at}>
            <button type="button" onClick={() => goToLine(field.current, value, line)}>
              Line {line}
            </button>{' '}
            {message}
          </li>
        ))}
      </ul>
    </div>
  );
}

const LINE_HEIGHT = 20;

function goToLine(field: HTMLTextAreaElement | null, text: string, line: number): void {
  if (field === null) return;
  const before = text.split('\n').slice(0, line - 1);
  const begin = before.reduce((sum, { length }) => sum + length + 1, 0);
  const end = text.indexOf('\n', begin);
  field.focus();
  field.setSelectionRange(begin, end < 0 ? text.length : end);
  field.scrollTop = Math.max(0, (line - 5) * LINE_HEIGHT);
}
