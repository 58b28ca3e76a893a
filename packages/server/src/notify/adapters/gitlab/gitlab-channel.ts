/**
 * Purpose: keeps what GitLab shows of a release's commit: a deployment with its status, and commit statuses.
 *
 * A rollout has one deployment, which is found again by its environment, its commit and its age. The requests are plain ones over the
 * guarded fetch: the client that is kept for GitLab takes no fetch of ours, so that what people name as a site could reach inside.
 * What is not about a commit of a listed project is left out: the one who releases names it, and must not choose where the token writes.
 */
import type { Notice, NoticeStage, NoticeSubject } from '@sluice/core/notify/notice.ts';
import type { GitlabSettings } from '@sluice/protocol/channels/gitlab-settings.ts';
import type { Channel, ChannelAdapter, Delivered, DeliveryContext, ReadSecret } from '../../channel.ts';
import { attemptDelivery } from '../attempts/attempt-delivery.ts';
import { type HttpAnswer, requestJson } from '../attempts/http-request.ts';
import { isListed, isProgress, repositoryPlace } from '../attempts/repository-path.ts';
import { boundedText, oneLine } from '../wording/plain-words.ts';

/** The adapter that keeps deployments and statuses on GitLab. */
export const gitlabAdapter: ChannelAdapter<GitlabSettings> = {
  kind: 'gitlab',
  destinations: ({ site }) => [site],
  open: (settings, readSecret): Channel => ({
    kind: 'gitlab',
    deliver: (notice, context) => deliver(settings, readSecret, notice, context),
  }),
};

/** The longest description of a commit status. */
const DESCRIPTION_CHARACTERS = 255;
/** The longest address of one; a status without it is better than none. */
const URL_CHARACTERS = 255;

/** What a stage is in GitLab's words; its deployments cannot wait for anybody, so what is held runs. */
const STATES: Readonly<Record<NoticeStage, 'running' | 'success' | 'failed'>> = {
  queued: 'running',
  started: 'running',
  running: 'running',
  'waits-for-approval': 'running',
  held: 'running',
  promoting: 'running',
  succeeded: 'success',
  'rolling-back': 'running',
  'rolled-back': 'failed',
  stuck: 'failed',
};

type Call = (method: 'GET' | 'POST' | 'PUT', path: string, json?: unknown) => Promise<HttpAnswer>;

/** A commit of a project that may be written to, and the rollout that brings it out. */
interface Target {
  readonly about: NoticeSubject;
  readonly project: string;
  readonly sha: string;
  readonly environment: string;
}

function deliver(
  settings: GitlabSettings,
  readSecret: ReadSecret,
  notice: Notice,
  context: DeliveryContext,
): Promise<Delivered> {
  return attemptDelivery(readSecret, { token: settings.token }, async (secrets) => {
    const call = callerOf(settings, secrets.token, context);
    // A test tries the token: it has no commit.
    if (!notice.about) return outcomeOf(await call('GET', '/user'), null);
    const target = targetOf(settings, notice);
    if (target === null) return { ok: true, reference: null };
    const { send } = settings;
    let reference = deploymentIn(notice.earlier);
    if (send.includes('deployment')) {
      const kept = await keepDeployment(call, target, reference);
      if (!kept.ok) return kept.failure;
      reference = kept.deployment;
    }
    if (!send.includes('status')) return { ok: true, reference };
    return outcomeOf(await setStatus(call, target, notice), reference);
  });
}

const callerOf =
  ({ site }: GitlabSettings, token: string, context: DeliveryContext): Call =>
  (method, path, json) =>
    requestJson(context, {
      provider: 'GitLab',
      method,
      url: `${site.replace(/\/+$/, '')}/api/v4${path}`,
      headers: { 'private-token': token },
      json,
    });

function targetOf({ site, projects }: GitlabSettings, { about, event }: Notice): Target | null {
  if (!isProgress(event.type)) return null;
  const sha = about?.source?.commit ?? '';
  const place = repositoryPlace(about?.source?.repository ?? '');
  if (!about || !place || !/^[0-9a-f]{40}([0-9a-f]{24})?$/i.test(sha) || !isListed(place.path, projects))
    return null;
  const elsewhere = new URL(site).hostname === 'gitlab.com' && (place.host ?? 'gitlab.com') !== 'gitlab.com';
  if (elsewhere) return null;
  const environment = `${about.environment}/${about.component}`;
  return { about, project: `/projects/${encodeURIComponent(place.path)}`, sha, environment };
}

type Kept = { readonly ok: true; readonly deployment: string | null } | (HttpAnswer & { readonly ok: false });

/** Makes the deployment of a rollout, or tells the one that was made how far it is. */
async function keepDeployment(call: Call, target: Target, earlier: string | null): Promise<Kept> {
  const { about, project } = target;
  const status = STATES[about.stage];
  const known = earlier ?? (await findDeployment(call, target));
  if (typeof known === 'object' && known !== null) return known;
  if (known === null) {
    const made = await call('POST', `${project}/deployments`, {
      environment: target.environment,
      sha: target.sha,
      ref: refOf(target),
      tag: about.source?.ref?.startsWith('refs/tags/') ?? false,
      status,
    });
    return made.ok ? { ok: true, deployment: idOf(made.body) } : made;
  }
  const told = await call('PUT', `${project}/deployments/${known}`, { status });
  return told.ok || isAsItIs(told) ? { ok: true, deployment: known } : told;
}

/** A deployment that was made by an attempt whose answer was lost: of the same commit, and not at its end. */
async function findDeployment(
  call: Call,
  { project, environment, sha }: Target,
): Promise<string | null | (HttpAnswer & { readonly ok: false })> {
  const query = new URLSearchParams({
    environment,
    status: 'running',
    order_by: 'id',
    sort: 'desc',
    per_page: '20',
  });
  const found = await call('GET', `${project}/deployments?${query.toString()}`);
  if (!found.ok) return found;
  const deployments = Array.isArray(found.body) ? (found.body as readonly unknown[]) : [];
  const same = deployments.find(
    (one) => typeof one === 'object' && one !== null && Reflect.get(one, 'sha') === sha,
  );
  return idOf(same);
}

async function setStatus(
  call: Call,
  { about, project, sha, environment }: Target,
  notice: Notice,
): Promise<HttpAnswer> {
  const answer = await call('POST', `${project}/statuses/${sha}`, {
    state: about.stage === 'queued' ? 'pending' : STATES[about.stage],
    name: `sluice/${environment}`,
    description: boundedText(oneLine(notice.words.sentence), DESCRIPTION_CHARACTERS),
    ...(notice.link !== null && notice.link.length <= URL_CHARACTERS ? { target_url: notice.link } : {}),
  });
  return !answer.ok && isAsItIs(answer) ? { ok: true, status: answer.status ?? 200, body: null } : answer;
}

/** GitLab refuses to make something what it is already, or running again after its end; neither is a failure here. */
const isAsItIs = (answer: HttpAnswer & { readonly ok: false }): boolean =>
  answer.status === 400 &&
  /cannot transition status|already has the status|status.*taken/i.test(JSON.stringify(answer.body));

/** The branch or tag, which GitLab wants; the commit itself where none is known. */
const refOf = ({ about, sha }: Target): string =>
  about.source?.ref?.replace(/^refs\/(heads|tags)\//, '') || sha;

const deploymentIn = (reference: string | null): string | null =>
  reference !== null && /^\d+$/.test(reference) ? reference : null;

function idOf(body: unknown): string | null {
  const id: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'id') : null;
  return typeof id === 'number' ? String(id) : null;
}

const outcomeOf = (answer: HttpAnswer, reference: string | null): Delivered =>
  answer.ok ? { ok: true, reference } : answer.failure;
