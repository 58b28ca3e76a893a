/**
 * Purpose: tells notices in Microsoft Teams, as cards that a workflow posts ("when a Teams webhook request is received").
 *
 * The connectors of Office 365 that took such requests before are retired; an address of theirs is refused with words. A workflow
 * has no names for what it posts, so each notice is a card of its own.
 */
import type { TeamsSettings } from '@sluice/protocol/channels/teams-settings.ts';
import type { Channel, ChannelAdapter, Delivered, DeliveryContext } from '../../channel.ts';
import { attemptDelivery } from '../attempts/attempt-delivery.ts';
import { failed } from '../attempts/delivery-failure.ts';
import { requestJson } from '../attempts/http-request.ts';
import { type TeamsMessage, teamsMessage } from './teams-card.ts';

/** The adapter that tells notices in Microsoft Teams. */
export const teamsAdapter: ChannelAdapter<TeamsSettings> = {
  kind: 'teams',
  destinations: () => [],
  open: ({ webhook }, readSecret): Channel => ({
    kind: 'teams',
    deliver: (notice, context) =>
      attemptDelivery(readSecret, { webhook }, (secrets) =>
        post(secrets.webhook, teamsMessage(notice), context),
      ),
  }),
};

async function post(url: string, message: TeamsMessage, context: DeliveryContext): Promise<Delivered> {
  if (isRetiredConnector(url))
    return failed(
      'The address is one of an Office 365 connector, which Microsoft has retired. Make a workflow in Teams that waits for a webhook request, and give its address.',
    );
  const answer = await requestJson(context, { provider: 'Teams', method: 'POST', url, json: message });
  if (answer.ok) return { ok: true, reference: null };
  const code = errorCode(answer.body);
  if (code === 'WorkflowTriggerIsNotEnabled' || code === 'WorkflowNotFound')
    return failed(`The Teams workflow is switched off or deleted (${code}).`, { gone: true });
  return answer.failure;
}

const isRetiredConnector = (url: string): boolean =>
  URL.canParse(url) &&
  /(^|\.)(webhook\.office\.com|outlook\.office\.com|outlook\.office365\.com)$/.test(new URL(url).hostname);

/** `{ "error": { "code": … } }`, as the runtime of workflows says what is wrong. */
function errorCode(body: unknown): string | null {
  const error: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'error') : null;
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : null;
  return typeof code === 'string' ? code : null;
}
