import { fileURLToPath } from 'node:url';
import type { ApprovalsView } from '@sluice/protocol/http/gates.ts';
import {
  SAMPLE_TIME,
  sampleEvent,
  sampleRollout,
  sampleTrack,
} from '@sluice/protocol/http/testing/sample-views.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { openDashboard } from '@sluice/server/api/dashboard/open-dashboard.ts';
import { listenOnLoopback } from '@sluice/server/api/listen-on-loopback.ts';
import { type TestApi, testApi } from '@sluice/server/api/testing/test-api.ts';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** The real API and the real dashboard over a control plane in memory: everything of the browser, and nothing that runs. */
export interface StillPlane extends TestApi {
  readonly address: string;
  readonly close: () => Promise<void>;
}

const WEB = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json'];

/** Opens it on a free port. */
export async function stillPlane(tracks: readonly TrackView[] = [sampleTrack()]): Promise<StillPlane> {
  const complain = ({ message }: { readonly message: string }): never => {
    throw new TypeError(message);
  };
  const folders = { web: WEB, sources: SOURCES.map((name) => `${WEB}/${name}`) };
  const api = testApi({ tracks, dashboard: openDashboard(complain, folders) });
  const { url } = await listenOnLoopback(api.app, { port: 0 });
  return { ...api, address: url, close: () => api.app.close() };
}

/** Puts something on every page: releases that wait and that are over, events, and tasks. */
export function furnish({ plane, tasks }: StillPlane): void {
  const reason = { kind: 'judge', detail: 'worse than stable in errors' };
  const over = { phase: 'rolled-back', outcome: 'rolled-back', step: null, reason } as const;
  plane.putRollout(sampleRollout({ id: 'ro-1', number: 1, version: 'v1', ...over }));
  const waiting = sampleRollout({
    ...{ id: 'ro-3', number: 3, track: 'storefront/staging/web', phase: 'held', step: 3 },
    reason: { kind: 'approval', detail: 'waits for one approval of an approver' },
    approvals: APPROVALS,
  });
  plane.put(sampleTrack({ id: waiting.track, environment: 'staging', active: waiting }));
  for (let sequence = 1; sequence <= 40; sequence += 1) plane.feed.publish(sampleEvent(sequence));
  tasks.put({ id: TASK });
}

/** A task that waits in the queue of the sample track. */
export const TASK = '01900000-0000-7000-8000-000000000001';

const APPROVALS: ApprovalsView = {
  ...{ planHash: 'a'.repeat(64), step: 3, asked: true, glass: null },
  rules: [
    {
      ...{ words: '1 of approver', needed: 1, of: ['approver'], approvedBy: [], granted: false },
      ignored: [{ subject: 'person:ada', why: 'asked for it' }],
    },
  ],
  votes: [{ subject: 'person:bob', decision: 'approve', reason: 'looks good', at: SAMPLE_TIME, step: null }],
};

const ROLE = { role: 'viewer', project: '*', environment: '*' };
const GIVEN = { addedBy: 'person:ada', addedAt: SAMPLE_TIME };
const ADA = { subject: 'person:ada', name: 'Ada', email: 'ada@example.com', groups: ['core'] };
const CI = { id: 't-1', name: 'ci', subject: 'token:ci', createdBy: 'person:ada', createdAt: SAMPLE_TIME };

/** What the API says of access, which the control plane in memory knows nothing of. */
const ACCESS: Readonly<Record<string, unknown>> = {
  members: {
    items: [{ ...ADA, addedAt: SAMPLE_TIME, lastSeenAt: SAMPLE_TIME, roles: [ROLE] }],
    next: null,
  },
  'role-bindings': { items: [{ ...ROLE, ...GIVEN, subject: 'group:core' }] },
  roles: { items: [{ name: 'viewer', builtIn: true, permissions: ['delivery:read'] }] },
  tokens: { items: [{ ...CI, roles: [ROLE], expiresAt: null, lastUsedAt: null }], next: null },
};

/** Lets a page know of members, roles and tokens, and whether its viewer may do things. */
export async function answerAccess(page: Page, allowed = true): Promise<void> {
  await page.route(/\/api\/v1\/(members|role-bindings|roles|tokens)(\?|$)/, (route) =>
    route.fulfill({ json: ACCESS[new URL(route.request().url()).pathname.split('/').at(-1) ?? ''] }),
  );
  await page.route('**/api/v1/access-decisions', (route) => {
    const { questions } = route.request().postDataJSON() as { questions: { permission: string }[] };
    const reason = allowed ? null : 'A developer may do this; you are a viewer.';
    const decisions = questions.map(({ permission }) => ({
      ...{ permission, project: null, environment: null, allowed, role: allowed ? 'admin' : null, reason },
    }));
    return route.fulfill({ json: { subject: 'person:ada', decisions } });
  });
}

/** Every page that there is, in each of its forms. */
export const PAGES: readonly string[] = [
  '/',
  '/?filter=waiting',
  '/rollouts',
  ...['', '?tab=logs', '?tab=plan', '?tab=changes'].map((form) => `/rollouts/ro-2${form}`),
  '/rollouts/ro-1',
  '/rollouts/ro-3',
  '/applications/storefront',
  ...['', '?tab=difference'].map((form) => `/applications/storefront/production/web${form}`),
  '/agents',
  '/agents/storefront/production/web',
  `/tasks/${TASK}`,
  ...['', '?part=proof', '?part=reports'].map((form) => `/audit${form}`),
  '/audit/1',
  ...['you', 'members', 'roles', 'tokens'].map((part) => `/settings/${part}`),
  '/there/is/nothing',
];

/** Goes to a page and waits until all of it is there. */
export async function visit(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator('#stage h1, #stage h2').first().waitFor();
  await expect.poll(() => page.locator('.skeleton').count(), { timeout: 20_000 }).toBe(0);
}
