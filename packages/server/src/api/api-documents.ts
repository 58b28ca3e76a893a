import { never } from '@sluice/core/kernel/assert.ts';
import { createLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { ApiParts } from './api-parts.ts';
import { buildApi } from './build-api.ts';

/** A generated file: where it lies in the repository and how its text is made. */
export interface ApiDocument {
  readonly path: string;
  readonly produce: () => Promise<string>;
}

/** The documents that are generated from the API. */
export const apiDocuments = (): readonly ApiDocument[] => [
  { path: 'docs/reference/openapi.json', produce: openApiText },
];

async function openApiText(): Promise<string> {
  const app = buildApi(unusedParts());
  try {
    await app.ready();
    return `${JSON.stringify(app.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
  }
}

const unused = (): never => never(undefined as never, 'the description of the API');

const UNUSED_ACCOUNTS: NonNullable<ApiParts['accounts']> = {
  ...{ create: unused, tokens: unused, revoke: unused, decide: unused, members: unused },
  ...{ removeMember: unused, roles: unused, putRole: unused, removeRole: unused, bindings: unused },
  ...{ bind: unused, unbind: unused, projects: unused, addProject: unused, removeProject: unused },
  ...{ placeApplication: unused, settle: unused, trusts: unused, putTrust: unused, removeTrust: unused },
  ...{ createJoinToken: unused, joinTokens: unused, revokeJoinToken: unused, workerIdentities: unused },
  revokeWorkerIdentity: unused,
};

/** To describe operations nothing is asked of what they work on. */
function unusedParts(): ApiParts {
  return {
    controlPlane: {
      ...{ release: unused, command: unused, rollback: unused, track: unused, tracks: unused },
      ...{ rollouts: unused, rollout: unused, rolloutEvents: unused, report: unused, logs: unused },
      ...{ events: unused, series: unused, revision: unused, instances: unused },
    },
    names: unused,
    hosts: { list: unused },
    organisations: { list: unused, add: unused },
    access: { callerOf: unused, mayWith: unused, tracksOf: unused },
    accounts: UNUSED_ACCOUNTS,
    joining: { join: unused, renew: unused },
    signIn: {
      ...{ provider: null, endOf: unused, withToken: unused, beginLogin: unused, finishLogin: unused },
      ...{ signOut: unused, signOutEverywhere: unused, codeFor: unused, redeem: unused, exchange: unused },
    },
    ledger: { page: unused, verify: unused },
    audit: {
      ...{ entries: unused, entry: unused, export: unused, head: unused, keys: unused, rotateKey: unused },
      ...{ inclusion: unused, consistency: unused, verify: unused, witnesses: unused, report: unused },
      ...{ dora: unused, holds: unused, placeHold: unused, releaseHold: unused },
      ...{ retention: unused, setRetention: unused },
    },
    tasks: {
      ...{ submit: unused, task: unused, tasks: unused, cancel: unused, retry: unused, retryDead: unused },
      ...{ queues: unused, workers: unused, drain: unused, score: unused },
    },
    gates: {
      ...{ vote: unused, breakGlass: unused, freezes: unused, freeze: unused, lift: unused },
      ...{ windows: unused, putWindow: unused, removeWindow: unused, errorBudget: unused },
      ...{ approvalRules: unused, putApprovalRule: unused, removeApprovalRule: unused },
    },
    workflows: { submit: unused, workflow: unused, workflows: unused, cancel: unused },
    news: { events: unused, follow: unused },
    memory: {
      ...{ get: unused, put: unused, append: unused, list: unused, lines: unused, search: unused },
      forget: unused,
    },
    payloads: { keep: unused, open: unused },
    tools: {
      ...{ add: unused, importAll: unused, tools: unused, tool: unused, remove: unused },
      ...{ calls: unused, firings: unused },
    },
    pools: { plans: unused },
    agents: { list: unused, create: unused, update: unused, remove: unused },
    schedules: {
      ...{ schedules: unused, schedule: unused, put: unused, pause: unused, resume: unused, remove: unused },
    },
    clusters: { page: unused, put: unused, remove: unused, health: unused },
    channels: {
      ...{ channels: unused, channel: unused, put: unused, remove: unused, test: unused, replayDead: unused },
      subscriptions: { page: unused, subscription: unused, put: unused, remove: unused },
      deliveries: { page: unused, delivery: unused, replay: unused },
    },
    secrets: { page: unused, set: unused, remove: unused, rotateKey: unused },
    policies: {
      registry: { page: unused, policy: unused, add: unused, remove: unused, check: unused },
      tries: { objects: unused, standing: unused, releasing: unused },
    },
    health: { probes: [], started: unused },
    idempotency: { reserve: unused, complete: unused, release: unused },
    metrics: createMetrics({ processMetrics: false }),
    log: createLog({ level: 'silent' }),
  };
}
