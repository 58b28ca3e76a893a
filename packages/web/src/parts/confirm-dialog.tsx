import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { ApiFailure, ApiReply } from '@sluice/protocol/http/api-call.ts';
import { failureWords } from './states.tsx';

interface ConfirmProps {
  readonly title: string;
  /** What will happen, in sentences. */
  readonly children: ReactNode;
  readonly action: string;
  readonly weight?: 'main' | 'danger';
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
    <dialog ref={box} aria-labelledby={title} onClose={props.close}>
      <form onSubmit={(event) => void submit(event)}>
        <div className="dialog-body">
          <h2 id={title}>{props.title}</h2>
          {props.children}
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
  return (
    <div className="note" data-tone="bad" role="alert">
      <div>
        <strong>{title}</strong>
        <p>{detail}</p>
      </div>
    </div>
  );
}
