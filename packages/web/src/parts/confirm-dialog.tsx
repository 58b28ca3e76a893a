import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { ApiFailure, ApiReply } from '@sluice/protocol/http/api-call.ts';
import { FieldFaults, faultsOf, plainWords } from './field-faults.ts';
import { failureWords } from './states.tsx';

interface ConfirmProps {
  readonly title: string;
  /** What will happen, in sentences. */
  readonly children: ReactNode;
  readonly action: string;
  readonly weight?: 'main' | 'danger';
  /** For texts that are written and not only said. */
  readonly isWide?: boolean;
  readonly act: () => Promise<ApiReply<unknown>>;
  readonly done: () => void;
  readonly close: () => void;
}

/** Says what will happen, and does it when that is wanted. Focus stays inside, and Escape leaves. */
export function ConfirmDialog(props: ConfirmProps) {
  const box = useRef<HTMLDialogElement>(null);
  const title = useId();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  useEffect(() => {
    if (box.current && !box.current.open) box.current.showModal();
  }, []);
  useEffect(() => {
    // Whoever sent it goes on at the first field that has to be mended.
    if (failure) box.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [failure]);
  // What is said of no field is about what was sent before; marks at fields stay until it is sent again.
  const edited = (): void => setFailure((known) => (faultsOf(known).length === 0 ? null : known));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    const reply = await props.act();
    setBusy(false);
    if (reply.ok) props.done();
    else setFailure(reply.failure);
  };
  return (
    <dialog ref={box} aria-labelledby={title} data-wide={props.isWide} onClose={props.close}>
      <form onInput={edited} onSubmit={(event) => void submit(event)}>
        <div className="dialog-body">
          <h2 id={title}>{props.title}</h2>
          <FieldFaults value={failure}>{props.children}</FieldFaults>
          {failure && <Refused failure={failure} />}
        </div>
        <div className="dialog-foot">
          <button type="button" className="button" onClick={() => box.current?.close()}>
            Cancel
          </button>
          <button type="submit" className="button" data-weight={props.weight ?? 'main'} disabled={isBusy}>
            {isBusy ? 'One moment…' : props.action}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Refused({ failure }: { readonly failure: ApiFailure }) {
  const { title, detail } = failureWords(failure);
  const faults = faultsOf(failure);
  return (
    <div className="note" data-tone="bad" role="alert">
      <div>
        <strong>{title}</strong>
        {faults.length === 0 && <p>{detail}</p>}
        {faults.map(({ pointer, detail: words }) => (
          <p key={pointer}>
            <code>{placeWords(pointer)}</code> {plainWords(words)}
          </p>
        ))}
        {faults.length > 0 && <p>{remedyOf(failure)}</p>}
      </div>
    </div>
  );
}

/** What to do, except where it is said to whoever wrote the request by hand. */
const remedyOf = (failure: ApiFailure): string =>
  failure.kind === 'refused' && failure.problem.code !== 'invalid-request' ? failure.problem.remedy : '';

/** `/body/settings/webhook` is `settings.webhook` to whoever filled in a form. */
const placeWords = (pointer: string): string => pointer.split('/').slice(2).join('.') || 'what was sent';
