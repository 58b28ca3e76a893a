import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import { type DeliveryFailure, failed } from '../attempts/delivery-failure.ts';
import { failureOfThrown } from '../attempts/http-request.ts';
import { refusedAnswer } from '../http-delivery.ts';

/** Errors of the Web API after which the same call may go better (docs.slack.dev, errors of `chat.postMessage`). */
const PASSING = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'ratelimited',
  'rate_limited',
  'team_added_to_org',
]);
/** Errors after which nothing more is wanted: the channel or the app is no more. */
const GONE = new Set(['is_archived', 'channel_is_archived', 'account_inactive', 'token_revoked']);
/** What a person can do about the errors that are met most. */
const REMEDIES: Readonly<Record<string, string>> = {
  not_in_channel: 'Invite the app into the channel with `/invite @app`.',
  channel_not_found: 'Check the id of the channel; the app must be in it when it is private.',
  invalid_auth: 'Check the token: it begins with `xoxb-`.',
  not_authed: 'Check the token: it begins with `xoxb-`.',
  token_expired: 'Install the app again and renew the token.',
  missing_scope: 'Give the app the scope `chat:write` and install it again.',
  no_service: 'The incoming webhook was taken back; make another one.',
  invalid_token: 'The address of the incoming webhook is not whole; copy it again.',
};

/** What an error of Slack's own client means. */
export function slackFailure(thrown: unknown): DeliveryFailure {
  if (thrown instanceof WebAPIRateLimitedError)
    return failed('Slack asks to be left alone for a while (429).', {
      retry: true,
      retryAfterMs: thrown.retryAfter * 1000,
    });
  if (thrown instanceof WebAPIPlatformError) return failureOfCode(thrown.data.error);
  if (thrown instanceof WebAPIHTTPError)
    return refusedAnswer(
      { status: thrown.statusCode, headers: new Headers(thrown.headers) },
      { who: 'Slack' },
    );
  if (thrown instanceof WebAPIRequestError) return failureOfThrown('Slack', thrown.original);
  // The client throws a bare error for a 429 that does not say how long.
  if (thrown instanceof Error && thrown.message.startsWith('Retry header'))
    return failed('Slack asks to be left alone for a while (429).', { retry: true });
  return failureOfThrown('Slack', thrown);
}

/** What a code means that Slack answers, by the Web API or as the body of an incoming webhook. */
export function failureOfCode(code: string): DeliveryFailure {
  const remedy = REMEDIES[code];
  return failed(`Slack refused the message: ${code}.${remedy ? ` ${remedy}` : ''}`, {
    retry: PASSING.has(code),
    gone: GONE.has(code),
  });
}

/** Whether the message that was to be changed or answered is no more, so that a new one has to do. */
export const isMessageLost = (thrown: unknown): boolean =>
  thrown instanceof WebAPIPlatformError &&
  ['message_not_found', 'thread_not_found', 'cant_update_message', 'edit_window_closed'].includes(
    thrown.data.error,
  );
