import type { ApiReply } from '@sluice/protocol/http/api-call.ts';
import type { ReactNode } from 'react';
import { AskButton } from './ask-button.tsx';

interface RemoveButtonProps {
  /** What goes, as the question names it. */
  readonly what: string;
  /** What it is called for readers of screens, where that is more exact. */
  readonly of?: string;
  readonly act: () => Promise<ApiReply<unknown>>;
  /** Said when it is done; by default that it was removed. */
  readonly said?: string;
  /** What follows from it. */
  readonly children: ReactNode;
}

/** Takes one thing out of a list, when that is wanted. */
export const RemoveButton = ({
  what,
  of = what,
  act,
  said = `${what} was removed`,
  children,
}: RemoveButtonProps) => (
  <AskButton
    label="Remove"
    of={of}
    buttonWeight="quiet"
    title={`Remove ${what}?`}
    action="Remove"
    weight="danger"
    act={act}
    said={said}
  >
    {children}
  </AskButton>
);
