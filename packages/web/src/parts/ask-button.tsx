import type { ApiReply } from '@sluice/protocol/http/api-call.ts';
import { type ReactNode, useState } from 'react';
import { useApi } from '../api/dashboard-api.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { useToast } from './toasts.tsx';

interface AskButtonProps {
  readonly label: string;
  /** Where a page has many of these: what this one is about, for readers of screens. */
  readonly of?: string;
  readonly title: string;
  readonly action: string;
  readonly weight?: 'main' | 'danger';
  readonly buttonWeight?: 'main' | 'danger' | 'quiet';
  readonly isWide?: boolean;
  readonly act: () => Promise<ApiReply<unknown>>;
  /** Called when the question is put: what must not be left over from the last time. */
  readonly opened?: () => void;
  /** Said when it is done. */
  readonly said: string;
  readonly children: ReactNode;
}

/** A button that says what will happen, and does it when that is wanted. */
export function AskButton(props: AskButtonProps) {
  const { answers } = useApi();
  const tell = useToast();
  const [isAsked, setAsked] = useState(false);
  const done = (): void => {
    answers.renew();
    tell(props.said);
    setAsked(false);
  };
  return (
    <>
      <button
        type="button"
        className="button"
        data-weight={props.buttonWeight}
        aria-label={props.of === undefined ? undefined : `${props.label} ${props.of}`}
        onClick={() => {
          props.opened?.();
          setAsked(true);
        }}
      >
        {props.label}
      </button>
      {isAsked && (
        <ConfirmDialog
          title={props.title}
          action={props.action}
          weight={props.weight ?? 'main'}
          isWide={props.isWide ?? false}
          act={props.act}
          done={done}
          close={() => setAsked(false)}
        >
          {props.children}
        </ConfirmDialog>
      )}
    </>
  );
}
