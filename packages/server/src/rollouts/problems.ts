import type { Refusal } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';

/** An expected refusal as a value. */
export interface Refused {
  readonly ok: false;
  readonly refusal: Problem;
}

/** Makes an RFC 9457 problem: what was tried and is wrong, and what to do. */
export function refusedWith(
  status: number,
  code: string,
  words: { readonly title: string; readonly detail: string; readonly remedy: string },
  faults?: Problem['faults'],
): Refused {
  return {
    ok: false,
    refusal: { type: `urn:sluice:problem:${code}`, status, code, ...words, ...(faults ? { faults } : {}) },
  };
}

/** The same refusal, saying at which place of the request it lies: `/body/times`. */
export const refusedAt = (pointer: string, { refusal }: Refused): Refused => ({
  ok: false,
  refusal: { ...refusal, errors: [{ pointer, detail: refusal.detail }] },
});

/** A refusal from core as a conflict with the present state. */
export const refusedByState = ({ code, message, remedy }: Refusal): Refused =>
  refusedWith(409, code, { title: 'Not possible now', detail: message, remedy });

/** Something that is not there. */
export const notFound = (what: string, remedy: string): Refused =>
  refusedWith(404, 'not-found', { title: 'Not found', detail: `${what} is not known.`, remedy });

/** The control plane would call what it may not. */
export const refusedDestination = (message: string, remedy: string) =>
  refusedWith(422, 'refused-destination', {
    title: 'The server may not go there',
    detail: message.endsWith('.') ? message : `${message}.`,
    remedy,
  });
