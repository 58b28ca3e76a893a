import type { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type Refusal, refuse, type Result } from '@sluice/core/kernel/result.ts';

/** An answer of the control API, before it is written. */
export interface Reply {
  readonly status: number;
  /** JSON unless it is text. */
  readonly body: object | string;
}

const STATUS_OF_REFUSAL: Readonly<Record<string, number>> = {
  'request-malformed': 400,
  'route-unknown': 404,
  'track-unknown': 404,
  'revision-unknown': 404,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'stale-generation': 409,
  'generation-reused': 409,
  'still-routed': 409,
  'retirement-superseded': 409,
};
/** The request was understood, and what it asks for cannot be done. */
const UNPROCESSABLE = 422;

/** A refusal as `{ error: { code, message, remedy } }` with the status that belongs to its code. */
export const refusalReply = ({ code, message, remedy }: Refusal): Reply => ({
  status: STATUS_OF_REFUSAL[code] ?? UNPROCESSABLE,
  body: { error: { code, message, remedy } },
});

/** A failure: the machine or the router misbehaved, and the order may be repeated, or a person has to look. */
export const failureReply = ({ code, message, next }: SluiceError): Reply => ({
  status: code === 'unreachable' ? 503 : 500,
  body: {
    error: {
      code,
      message,
      remedy: next === 'ask-human' ? 'Look at the host: it cannot go on by itself.' : 'Give the order again.',
    },
  },
});

/** An outcome without content, as the protocol wants it. */
export const outcomeReply = (outcome: Result<unknown>): Reply =>
  outcome.ok ? { status: 200, body: {} } : refusalReply(outcome.refusal);

/** Refuses a request that does not have the form that the protocol describes. */
export const malformed = (
  message: string,
  remedy = 'Send what the host protocol describes.',
): Result<never> => refuse('request-malformed', message, remedy);
