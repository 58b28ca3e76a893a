import type { NoticeStage } from '@sluice/core/notify/notice.ts';

/** What a stage of a rollout is in the words of GitHub. */
export interface GithubState {
  /** Of a deployment status. */
  readonly deployment: 'queued' | 'pending' | 'in_progress' | 'success' | 'failure' | 'error';
  /** Of a commit status. */
  readonly commit: 'pending' | 'success' | 'failure' | 'error';
  /** Of a check run, which has a conclusion when it is completed. */
  readonly check:
    | { readonly status: 'queued' | 'in_progress' }
    | { readonly status: 'completed'; readonly conclusion: 'success' | 'failure' | 'action_required' };
}

const IN_PROGRESS: GithubState = {
  deployment: 'in_progress',
  commit: 'pending',
  check: { status: 'in_progress' },
};
const WAITING: GithubState = { ...IN_PROGRESS, deployment: 'pending' };

/** GitHub's words by stage; a release that is held waits, and one that is taken back has failed when that is done. */
export const GITHUB_STATES: Readonly<Record<NoticeStage, GithubState>> = {
  queued: { deployment: 'queued', commit: 'pending', check: { status: 'queued' } },
  started: IN_PROGRESS,
  running: IN_PROGRESS,
  'waits-for-approval': WAITING,
  held: WAITING,
  promoting: IN_PROGRESS,
  succeeded: {
    deployment: 'success',
    commit: 'success',
    check: { status: 'completed', conclusion: 'success' },
  },
  'rolling-back': IN_PROGRESS,
  'rolled-back': {
    deployment: 'failure',
    commit: 'failure',
    check: { status: 'completed', conclusion: 'failure' },
  },
  stuck: {
    deployment: 'error',
    commit: 'error',
    check: { status: 'completed', conclusion: 'action_required' },
  },
};
