/**
 * Purpose: keeps what GitHub shows of a release's commit: a deployment with its statuses, commit statuses, and a check run.
 *
 * A rollout has one deployment and one check run. They are looked up before they are made, so that an attempt that is made
 * again does not make another. GitHub's own client speaks over the guarded fetch. What is not about a commit of a listed repository
 * is left out: the one who releases names the repository, and must not choose where the token writes.
 */
import { Octokit } from '@octokit/core';
import type { Notice, NoticeSubject } from '@sluice/core/notify/notice.ts';
import type { GithubSettings } from '@sluice/protocol/channels/github-settings.ts';
import type { Channel, ChannelAdapter, Delivered, DeliveryContext, ReadSecret } from '../../channel.ts';
import { attemptDelivery } from '../attempts/attempt-delivery.ts';
import { isListed, isProgress, repositoryPlace } from '../attempts/repository-path.ts';
import { noticeParagraphs } from '../wording/notice-facts.ts';
import { escapeMarkdown } from '../wording/escape.ts';
import { boundedText, oneLine } from '../wording/plain-words.ts';
import { githubFailure } from './github-failure.ts';
import { GITHUB_STATES } from './github-state.ts';

/** The adapter that keeps deployments, statuses and checks on GitHub. */
export const githubAdapter: ChannelAdapter<GithubSettings> = {
  kind: 'github',
  destinations: ({ api }) => [api],
  open: (settings, readSecret): Channel => ({
    kind: 'github',
    deliver: (notice, context) => deliver(settings, readSecret, notice, context),
  }),
};

/** GitHub cuts no description: it refuses longer ones. */
const DESCRIPTION_CHARACTERS = 140;
const SUMMARY_CHARACTERS = 10_000;

/** A commit of a repository that may be written to, and the rollout that brings it out. */
interface Target {
  readonly about: NoticeSubject;
  readonly owner: string;
  readonly repo: string;
  readonly sha: string;
  /** What GitHub calls an environment: ours, and the component, as several may be released from one repository. */
  readonly environment: string;
}

function deliver(
  settings: GithubSettings,
  readSecret: ReadSecret,
  notice: Notice,
  context: DeliveryContext,
): Promise<Delivered> {
  return attemptDelivery(readSecret, { token: settings.token }, async (secrets) => {
    const github = clientOf(secrets.token, settings.api, context);
    try {
      // A test tries the token: it has no commit.
      if (!notice.about) await github.request('GET /rate_limit');
      const target = targetOf(settings, notice);
      if (target === null) return { ok: true, reference: null };
      const { send } = settings;
      if (send.includes('deployment')) await deploy(github, target, notice);
      if (send.includes('status')) await setStatus(github, target, notice);
      if (send.includes('check')) await check(github, target, notice);
      return { ok: true, reference: `${target.owner}/${target.repo}@${target.sha}` };
    } catch (thrown) {
      return githubFailure(thrown);
    }
  });
}

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function clientOf(token: string, api: string, { fetch, signal }: DeliveryContext): Octokit {
  const baseUrl = api.replace(/\/+$/, '');
  const github = new Octokit({
    auth: token,
    baseUrl,
    userAgent: 'Sluice/1',
    log: SILENT,
    request: { fetch, signal },
  });
  github.hook.before('request', ({ headers }) => {
    headers['x-github-api-version'] = API_VERSION;
  });
  return github;
}

/** The version of the REST API that requests are written for. */
const API_VERSION = '2022-11-28';

function targetOf({ api, repositories }: GithubSettings, { about, event }: Notice): Target | null {
  if (!isProgress(event.type)) return null;
  const sha = about?.source?.commit ?? '';
  const place = repositoryPlace(about?.source?.repository ?? '');
  if (!about || !place || !/^[0-9a-f]{40}([0-9a-f]{24})?$/i.test(sha)) return null;
  const [owner = '', repo = '', ...deeper] = place.path.split('/');
  if (deeper.length > 0 || !isListed(place.path, repositories)) return null;
  const elsewhere =
    new URL(api).hostname === 'api.github.com' && (place.host ?? 'github.com') !== 'github.com';
  return elsewhere
    ? null
    : { about, owner, repo, sha, environment: `${about.environment}/${about.component}` };
}

async function deploy(github: Octokit, target: Target, notice: Notice): Promise<void> {
  const { about, owner, repo } = target;
  const id = (await findDeployment(github, target)) ?? (await createDeployment(github, target));
  await github.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
    owner,
    repo,
    deployment_id: id,
    state: GITHUB_STATES[about.stage].deployment,
    description: descriptionOf(notice),
    ...(notice.link === null ? {} : { log_url: notice.link }),
    auto_inactive: true,
  });
}

async function findDeployment(
  github: Octokit,
  { about, owner, repo, sha, environment }: Target,
): Promise<number | null> {
  const { data } = await github.request('GET /repos/{owner}/{repo}/deployments', {
    owner,
    repo,
    sha,
    environment,
    task: TASK,
    per_page: 50,
  });
  const found = data.find(({ payload }) => rolloutIn(payload) === about.rollout);
  return found === undefined ? null : Number(found.id);
}

/** What GitHub calls the kind of work; `deploy` is its default. */
const TASK = 'deploy';

async function createDeployment(
  github: Octokit,
  { about, owner, repo, sha, environment }: Target,
): Promise<number> {
  const { data } = await github.request('POST /repos/{owner}/{repo}/deployments', {
    owner,
    repo,
    ref: sha,
    task: TASK,
    // Whether a commit may be released is decided before, and merging is nobody's wish here.
    auto_merge: false,
    required_contexts: [],
    payload: { sluice: { rollout: about.rollout, track: about.track } },
    environment,
    description: boundedText(
      oneLine(`${about.application}/${about.component} ${about.version}`),
      DESCRIPTION_CHARACTERS,
    ),
    production_environment: about.environment === 'production',
  });
  if ('id' in data) return Number(data.id);
  throw new TypeError('GitHub merged instead of making a deployment');
}

/** GitHub gives a payload back as it was sent, or as text. */
function rolloutIn(payload: unknown): unknown {
  const value: unknown = typeof payload === 'string' ? parsed(payload) : payload;
  const sluice: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'sluice') : null;
  return typeof sluice === 'object' && sluice !== null ? Reflect.get(sluice, 'rollout') : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function setStatus(
  github: Octokit,
  { about, owner, repo, sha, environment }: Target,
  notice: Notice,
): Promise<void> {
  await github.request('POST /repos/{owner}/{repo}/statuses/{sha}', {
    owner,
    repo,
    sha,
    state: GITHUB_STATES[about.stage].commit,
    context: `sluice/${environment}`,
    description: descriptionOf(notice),
    ...(notice.link === null ? {} : { target_url: notice.link }),
  });
}

async function check(
  github: Octokit,
  { about, owner, repo, sha, environment }: Target,
  notice: Notice,
): Promise<void> {
  const name = `sluice/${environment}`;
  const said = {
    ...GITHUB_STATES[about.stage].check,
    external_id: about.rollout,
    ...(notice.link === null ? {} : { details_url: notice.link }),
    output: {
      title: boundedText(oneLine(notice.words.title), DESCRIPTION_CHARACTERS),
      summary: boundedText(escapeMarkdown(noticeParagraphs(notice).join('\n\n')), SUMMARY_CHARACTERS),
    },
  };
  const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    owner,
    repo,
    ref: sha,
    check_name: name,
    per_page: 100,
  });
  const found = data.check_runs.find(({ external_id: id }) => id === about.rollout);
  if (found)
    await github.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
      owner,
      repo,
      check_run_id: found.id,
      ...said,
    });
  else
    await github.request('POST /repos/{owner}/{repo}/check-runs', {
      owner,
      repo,
      name,
      head_sha: sha,
      ...said,
    });
}

const descriptionOf = ({ words }: Notice): string =>
  boundedText(oneLine(words.sentence), DESCRIPTION_CHARACTERS);
