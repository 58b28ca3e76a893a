import { type Json, type JsonMap, isMap, listAt, mapAt, numberAt, textAt } from '../json/json-tree.ts';
import { fitsLabels, labelSelectorOf } from '../select/label-selector.ts';
import { type ResourceCall, isDryRun } from './api-call.ts';
import { type PlainResponse, jsonResponse } from './api-response.ts';
import { type ClusterState, timestamp } from './cluster-state.ts';
import { evictObject } from './delete-object.ts';
import { parseBody } from './object-codec.ts';
import { Refusal, badRequest, plainError } from './refusal.ts';
import { writeOwnStatus } from './own-writes.ts';
import { liveObject } from './write-object.ts';

const budgets = 'policy/poddisruptionbudgets';

/** How long a client should wait for a budget that no controller has seen yet. */
const unseenRetrySeconds = 10;

/** Answers an eviction: deletes the pod if the budgets of its namespace allow it. */
export function evictPod(state: ClusterState, call: ResourceCall): PlainResponse {
  const body = parseBody(call.body);
  if (
    isMap(body) &&
    textAt(body, 'metadata', 'name') !== '' &&
    textAt(body, 'metadata', 'name') !== call.name
  ) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const pod = liveObject(state, call);
  if (!canIgnoreBudgets(pod)) spendBudget(state, call, pod);
  evictObject(state, call.type, isDryRun(call) ? pod : markDisrupted(state, call, pod), call);
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

function canIgnoreBudgets(pod: JsonMap): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return (
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    phase === 'Pending' ||
    textAt(pod, 'metadata', 'deletionTimestamp') !== ''
  );
}

function spendBudget(state: ClusterState, call: ResourceCall, pod: JsonMap): void {
  const labels = mapAt(pod, 'metadata')['labels'];
  const found = state.store
    .collection(budgets)
    .inOrder(call.namespace)
    .filter((budget) => {
      const selector = labelSelectorOf(mapAt(budget, 'spec')['selector']);
      return selector !== undefined && fitsLabels(selector, labels);
    });
  if (found.length > 1) {
    throw plainError(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const budget = found[0];
  if (budget === undefined || isUnready(pod, budget)) return;
  checkBudget(budget);
  if (isDryRun(call)) return;
  const status = mapAt(budget, 'status');
  const disrupted = { ...mapAt(status, 'disruptedPods'), [call.name]: timestamp(state) };
  const disruptionsAllowed = (numberAt(status, 'disruptionsAllowed') ?? 0) - 1;
  const next: JsonMap = { ...status, disruptionsAllowed, disruptedPods: disrupted };
  if (disruptionsAllowed === 0)
    next['conditions'] = [usedUp(state, budget), ...otherConditions(status, 'DisruptionAllowed')];
  const type = state.registry.find('policy', 'v1', 'poddisruptionbudgets');
  if (type !== undefined) writeOwnStatus(state, type, budget, next);
}

function otherConditions(status: JsonMap, type: string): Json[] {
  return listAt(status, 'conditions').filter((one) => textAt(one, 'type') !== type);
}

function usedUp(state: ClusterState, budget: JsonMap): JsonMap {
  return {
    type: 'DisruptionAllowed',
    status: 'False',
    observedGeneration: numberAt(budget, 'status', 'observedGeneration') ?? 0,
    lastTransitionTime: timestamp(state),
    reason: 'InsufficientPods',
    message: '',
  };
}

/** The server notes why the pod goes before it deletes it. */
function markDisrupted(state: ClusterState, call: ResourceCall, pod: JsonMap): JsonMap {
  const status = mapAt(pod, 'status');
  if (listAt(status, 'conditions').some((one) => textAt(one, 'type') === 'DisruptionTarget')) return pod;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(state),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  const next = { ...pod, status: { ...status, conditions: [...listAt(status, 'conditions'), condition] } };
  return state.store.put('/pods', call.namespace, call.name, next);
}

/** A pod that is not ready may go without asking where the policy says so, or where enough others are healthy. */
function isUnready(pod: JsonMap, budget: JsonMap): boolean {
  const conditions = mapAt(pod, 'status')['conditions'];
  const ready =
    Array.isArray(conditions) &&
    conditions.some((one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True');
  if (ready) return false;
  if (textAt(budget, 'spec', 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return true;
  const healthy = numberAt(budget, 'status', 'currentHealthy') ?? 0;
  const desired = numberAt(budget, 'status', 'desiredHealthy') ?? 0;
  return desired > 0 && healthy >= desired;
}

function checkBudget(budget: JsonMap): void {
  const name = textAt(budget, 'metadata', 'name');
  const seen = numberAt(budget, 'status', 'observedGeneration') ?? 0;
  if (seen < (numberAt(budget, 'metadata', 'generation') ?? 0)) {
    throw tooMany(
      `The disruption budget ${name} is still being processed by the server.`,
      unseenRetrySeconds,
    );
  }
  if ((numberAt(budget, 'status', 'disruptionsAllowed') ?? 0) > 0) return;
  const [desired, healthy] = [
    numberAt(budget, 'status', 'desiredHealthy') ?? 0,
    numberAt(budget, 'status', 'currentHealthy') ?? 0,
  ];
  throw tooMany(`The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`);
}

function tooMany(why: string, retryAfterSeconds?: number): Refusal {
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  const causes = [{ reason: 'DisruptionBudget', message: why }];
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return new Refusal(429, 'TooManyRequests', message, { causes, ...wait }, headers);
}
