import type { ApiFailure } from '@sluice/protocol/http/api-call.ts';
import { createContext, useContext } from 'react';

/** What the control plane found wrong with what was sent, for the fields of the form that sent it. */
export const FieldFaults = createContext<ApiFailure | null>(null);

/** What is wrong at a place of the request, such as `/body/name`; null where nothing is, or no place was named. */
export function useFieldFault(at: string | undefined): string | null {
  const failure = useContext(FieldFaults);
  if (at === undefined) return null;
  const found = faultsOf(failure).find(({ pointer }) => pointer === at || pointer.startsWith(`${at}/`));
  return found ? plainWords(found.detail) : null;
}

/** Each thing that was wrong with a request, with its place. */
export const faultsOf = (
  failure: ApiFailure | null,
): readonly { readonly pointer: string; readonly detail: string }[] =>
  failure?.kind === 'refused' ? (failure.problem.errors ?? []) : [];

/** What a schema says, without the pattern that only its author reads. */
export function plainWords(detail: string): string {
  const words = detail.replace(/^invalid (string|input): /, '');
  return words.startsWith('must match pattern') ? 'is not written as it has to be' : words;
}
