/**
 * Purpose: comments on the Jira issues that a release names, in Jira Cloud (REST v3) or Data Center (REST v2).
 *
 * An issue that is not there, or may not be seen, does not keep the others from theirs. Before a comment is written the newest ones
 * are looked at, so that an attempt that is made again does not say the same twice.
 */
import type { Notice } from '@sluice/core/notify/notice.ts';
import type { JiraSettings } from '@sluice/protocol/channels/jira-settings.ts';
import type { Channel, ChannelAdapter, Delivered, DeliveryContext, ReadSecret } from '../../channel.ts';
import { attemptDelivery, maskSecrets } from '../attempts/attempt-delivery.ts';
import { failed } from '../attempts/delivery-failure.ts';
import { type HttpAnswer, requestJson } from '../attempts/http-request.ts';
import { issueKeys } from './issue-keys.ts';
import { adfComment, commentMark, wikiComment } from './jira-comment.ts';

/** The adapter that comments on Jira issues. */
export const jiraAdapter: ChannelAdapter<JiraSettings> = {
  kind: 'jira',
  destinations: ({ site }) => [site],
  open: (settings, readSecret): Channel => ({
    kind: 'jira',
    deliver: (notice, context) => deliver(settings, readSecret, notice, context),
  }),
};

/** So many of the newest comments are looked at for one of the same notice. */
const LOOKED_AT = 20;

type Call = (method: 'GET' | 'POST', path: string, json?: unknown) => Promise<HttpAnswer>;

function deliver(
  settings: JiraSettings,
  readSecret: ReadSecret,
  notice: Notice,
  context: DeliveryContext,
): Promise<Delivered> {
  const { token, projects, edition } = settings;
  return attemptDelivery(readSecret, { token }, async (secrets) => {
    const call = callerOf(settings, secrets.token, context);
    // A test tries the account: there is no issue to comment on.
    if (!notice.about) return outcomeOf(await call('GET', '/myself'));
    const keys = issueKeys(notice.about, projects);
    const body = edition === 'cloud' ? adfComment(notice) : wikiComment(notice);
    const missing: string[] = [];
    for (const key of keys) {
      const answer = await comment(call, key, { body, mark: commentMark(notice) });
      if (answer.ok) continue;
      if (answer.status !== 404) return answer.failure;
      missing.push(key);
    }
    if (keys.length > 0 && missing.length === keys.length)
      return failed(`Jira has no issue ${missing.join(', ')} that the account may see.`);
    return { ok: true, reference: null };
  });
}

function callerOf({ site, edition, email }: JiraSettings, token: string, context: DeliveryContext): Call {
  const version = edition === 'cloud' ? '3' : '2';
  const basic = Buffer.from(`${email}:${token}`).toString('base64');
  const authorization = email === undefined ? `Bearer ${token}` : `Basic ${basic}`;
  return async (method, path, json) => {
    const answer = await requestJson(context, {
      provider: 'Jira',
      method,
      url: `${site.replace(/\/+$/, '')}/rest/api/${version}${path}`,
      headers: { authorization },
      json,
    });
    if (answer.ok) return answer;
    // The token in another form is a secret too.
    return {
      ...answer,
      failure: { ...answer.failure, message: maskSecrets(answer.failure.message, [basic]) },
    };
  };
}

async function comment(
  call: Call,
  key: string,
  { body, mark }: { readonly body: unknown; readonly mark: string },
): Promise<HttpAnswer> {
  const comments = `/issue/${encodeURIComponent(key)}/comment`;
  const newest = await call('GET', `${comments}?orderBy=-created&maxResults=${LOOKED_AT}`);
  if (!newest.ok || isSaid(newest.body, mark)) return newest;
  return call('POST', comments, { body });
}

/** Whether a comment with this mark is among those that were answered; in wiki markup it is escaped. */
function isSaid(answered: unknown, mark: string): boolean {
  const plain = JSON.stringify(answered).replaceAll('\\', '');
  return plain.includes(`${mark.replaceAll('\\', '')}"`);
}

const outcomeOf = (answer: HttpAnswer): Delivered =>
  answer.ok ? { ok: true, reference: null } : answer.failure;
