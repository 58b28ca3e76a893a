import {
  type ApiConnection,
  type ApiFailure,
  type ApiReply,
  callApi,
  jsonOf,
  refusalOf,
  send,
  textOf,
} from './api-call.ts';
import { type Asking, idInPath, type PageWish } from './asking.ts';
import { type ChannelCalls, channelCalls } from './channel-calls.ts';
import {
  type ClusterHealthView,
  type ClusterRequest,
  type ClusterView,
  clusterHealthSchema,
  clusterPageSchema,
  clusterSchema,
} from './clusters.ts';
import { type EventQuery, followEvents } from './event-source.ts';
import { type AccessCalls, accessCalls } from './access-calls.ts';
import { type GateCalls, gateCalls } from './gate-calls.ts';
import { type JoiningCalls, joiningCalls } from './joining-calls.ts';
import {
  type HealthView,
  type LedgerVerification,
  healthSchema,
  ledgerVerificationSchema,
} from './health.ts';
import { type PageView, ledgerPageSchema, rolloutPageSchema, trackPageSchema } from './pages.ts';
import {
  type CommandRequest,
  type ReleaseInput,
  type ReleaseReply,
  type RollbackRequest,
  releaseReplySchema,
} from './requests.ts';
import { type AgentCalls, agentCalls } from './agent-calls.ts';
import { type AuditCalls, auditCalls } from './audit-calls.ts';
import { type RolloutCalls, rolloutCalls } from './rollout-calls.ts';
import {
  type NewOrganisation,
  type OrganisationReply,
  type OrganisationView,
  organisationListSchema,
  organisationReplySchema,
} from './organisations.ts';
import { type SecretCalls, secretCalls } from './secret-calls.ts';
import { type PolicyCalls, policyCalls } from './policy-calls.ts';
import { type WorkflowCalls, workflowCalls } from './workflow-calls.ts';
import { type MemoryCalls, memoryCalls } from './memory-calls.ts';
import { type ScheduleRequest, type ScheduleView, schedulePageSchema, scheduleSchema } from './schedules.ts';
import {
  type NewTaskView,
  type RetryReply,
  type SubmitReply,
  type TaskStateView,
  type TaskSummaryView,
  type TaskView,
  retryReplySchema,
  submitReplySchema,
  taskPageSchema,
  taskSchema,
} from './tasks.ts';
import { type ScoreInput, type ScoreReply, scoreReplySchema } from './scores.ts';
import { followTask, type TaskFollowing, type TaskWordView } from './task-stream.ts';
import { type TargetCalls, targetCalls } from './target-calls.ts';
import { type ToolCalls, toolCalls } from './tool-calls.ts';
import {
  type EventView,
  type LedgerEntryView,
  type RolloutView,
  type TrackView,
  rolloutSchema,
  trackSchema,
} from './views.ts';

/** A repetition with the same key has no second effect. */
export interface Keyed {
  readonly idempotencyKey?: string | undefined;
}

/** Who does something, for the ledger. */
export interface Named {
  readonly by?: string | undefined;
}

/** The operations of the HTTP API, typed; nothing is thrown. */
export interface ApiClient
  extends RolloutCalls,
    AccessCalls,
    JoiningCalls,
    GateCalls,
    SecretCalls,
    PolicyCalls,
    WorkflowCalls,
    ToolCalls,
    ChannelCalls,
    TargetCalls,
    AuditCalls,
    MemoryCalls,
    AgentCalls {
  readonly baseUrl: string;
  release(request: ReleaseInput, options?: Keyed): Promise<ApiReply<ReleaseReply>>;
  plan(request: ReleaseInput): Promise<ApiReply<ReleaseReply>>;
  tracks(
    filter: { application?: string | undefined; environment?: string | undefined } & PageWish,
  ): Promise<ApiReply<PageView<TrackView>>>;
  track(id: string): Promise<ApiReply<TrackView>>;
  /** Null when it still has the tag. */
  trackUnless(id: string, tag: string | null): Promise<ApiReply<TrackView | null>>;
  command(
    id: string,
    request: CommandRequest,
    options?: Keyed & { readonly tag?: string | undefined },
  ): Promise<ApiReply<TrackView>>;
  rollBack(id: string, request: RollbackRequest, options?: Keyed): Promise<ApiReply<TrackView>>;
  logs(
    id: string,
    query: { revision?: string | undefined; instance?: string | undefined; tail: number },
  ): Promise<ApiReply<string>>;
  rollouts(filter: { track?: string | undefined } & PageWish): Promise<ApiReply<PageView<RolloutView>>>;
  rollout(id: string): Promise<ApiReply<RolloutView>>;
  report(id: string, form: 'json' | 'markdown'): Promise<ApiReply<string>>;
  ledger(page: PageWish): Promise<ApiReply<PageView<LedgerEntryView>>>;
  verifyLedger(): Promise<ApiReply<LedgerVerification>>;
  organisations(): Promise<ApiReply<{ readonly items: readonly OrganisationView[] }>>;
  /** The token in the reply is told this once. */
  addOrganisation(wanted: NewOrganisation): Promise<ApiReply<OrganisationReply>>;
  clusters(page: PageWish): Promise<ApiReply<PageView<ClusterView>>>;
  putCluster(name: string, request: ClusterInput): Promise<ApiReply<ClusterView>>;
  removeCluster(name: string, by: string): Promise<ApiReply<ClusterView>>;
  clusterHealth(name: string, namespace: string | undefined): Promise<ApiReply<ClusterHealthView>>;
  /** Takes 1 to 1,000 tasks of a track, all of them or none. */
  submitTasks(
    track: string,
    tasks: readonly NewTaskInput[],
    options?: Keyed & Named,
  ): Promise<ApiReply<SubmitReply>>;
  tasks(track: string, filter: TaskWish): Promise<ApiReply<PageView<TaskSummaryView>>>;
  task(id: string): Promise<ApiReply<TaskView>>;
  cancelTask(
    id: string,
    said?: Named & { readonly reason?: string | undefined },
  ): Promise<ApiReply<TaskView>>;
  retryTask(id: string, said?: Named): Promise<ApiReply<TaskView>>;
  /** Says how good a result was: scores from 0 to 1 by name. */
  scoreTask(id: string, scores: ScoreInput): Promise<ApiReply<ScoreReply>>;
  /** At most `limit` dead letters of a track, 1 to 1,000. */
  retryDeadTasks(track: string, limit: number, said?: Named): Promise<ApiReply<RetryReply>>;
  schedules(filter: { track?: string | undefined } & PageWish): Promise<ApiReply<PageView<ScheduleView>>>;
  schedule(track: string, name: string): Promise<ApiReply<ScheduleView>>;
  putSchedule(track: string, name: string, request: ScheduleInput): Promise<ApiReply<ScheduleView>>;
  pauseSchedule(track: string, name: string): Promise<ApiReply<ScheduleView>>;
  resumeSchedule(track: string, name: string): Promise<ApiReply<ScheduleView>>;
  removeSchedule(track: string, name: string): Promise<ApiReply<ScheduleView>>;
  ready(): Promise<ApiReply<HealthView>>;
  /** As `ready`, and a control plane that is not ready is a value that says why. */
  health(): Promise<ApiReply<HealthView>>;
  events(query: EventQuery): AsyncGenerator<EventView, ApiFailure | null>;
  followTask(id: string, from: TaskFollowing): AsyncGenerator<TaskWordView, ApiFailure | null>;
}

/** A request to register a cluster before its defaults are filled in. */
export type ClusterInput = Omit<ClusterRequest, 'by'> & { readonly by?: string };

/** A task that somebody asks for, before its defaults are filled in. */
export type NewTaskInput = Partial<NewTaskView>;

/** What a schedule is to be, before its defaults are filled in. */
export type ScheduleInput = Partial<ScheduleRequest> & Pick<ScheduleRequest, 'cron'>;

/** Which tasks of a track are wanted. */
export type TaskWish = {
  readonly state?: TaskStateView | undefined;
  readonly session?: string | undefined;
} & PageWish;

/** Answers come within milliseconds from the same machine; a release copies files first. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Opens a client. Nothing is connected before the first call. */
export function apiClient(options: Partial<ApiConnection> & Pick<ApiConnection, 'baseUrl'>): ApiClient {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const api: ApiConnection = { timeoutMs: ANSWER_TIMEOUT_MS, fetch, ...options, baseUrl };
  const asking = askingOver(api);
  const { get, post } = asking;
  return {
    baseUrl,
    release: (request, options) => post(releaseReplySchema, '/releases', request, keyHeader(options)),
    plan: (request) => post(releaseReplySchema, '/plans', request),
    tracks: (filter) => get(trackPageSchema, `/api/v1/tracks${queryOf(filter)}`),
    track: (id) => get(trackSchema, `/api/v1${trackPath(id)}`),
    trackUnless: (id, tag) => {
      const headers = tag === null ? {} : { 'if-none-match': tag };
      return callApi(api, trackSchema, { method: 'GET', path: `/api/v1${trackPath(id)}`, headers });
    },
    command: (id, request, options) => {
      const headers = { ...keyHeader(options), ...(options?.tag ? { 'if-match': options.tag } : {}) };
      return post(trackSchema, `${trackPath(id)}/commands`, request, headers);
    },
    rollBack: (id, request, options) =>
      post(trackSchema, `${trackPath(id)}/rollbacks`, request, keyHeader(options)),
    logs: (id, query) => textAt(api, `/api/v1${trackPath(id)}/logs${queryOf(query)}`, 'text/plain'),
    rollouts: (filter) => get(rolloutPageSchema, `/api/v1/rollouts${queryOf(filter)}`),
    rollout: (id) => get(rolloutSchema, `/api/v1/rollouts/${encodeURIComponent(id)}`),
    report: (id, form) =>
      textAt(
        api,
        `/api/v1/rollouts/${encodeURIComponent(id)}/report`,
        form === 'json' ? 'application/json' : 'text/markdown',
      ),
    ledger: (page) => get(ledgerPageSchema, `/api/v1/ledger${queryOf(page)}`),
    verifyLedger: () => get(ledgerVerificationSchema, '/api/v1/ledger/verification'),
    ...placeCalls(asking),
    submitTasks: (track, tasks, options) =>
      post(
        submitReplySchema,
        `${trackPath(track)}/tasks${queryOf({ by: options?.by })}`,
        { tasks },
        keyHeader(options),
      ),
    tasks: (track, filter) => get(taskPageSchema, `/api/v1${trackPath(track)}/tasks${queryOf(filter)}`),
    task: (id) => get(taskSchema, `/api/v1/tasks/${encodeURIComponent(id)}`),
    cancelTask: (id, said = {}) =>
      post(taskSchema, `/tasks/${encodeURIComponent(id)}/cancel${queryOf({ ...said })}`, undefined),
    scoreTask: (id, scores) => post(scoreReplySchema, `/tasks/${encodeURIComponent(id)}/scores`, scores),
    retryTask: (id, said = {}) =>
      post(taskSchema, `/tasks/${encodeURIComponent(id)}/retry${queryOf({ ...said })}`, undefined),
    retryDeadTasks: (track, limit, said = {}) =>
      post(retryReplySchema, `${trackPath(track)}/tasks/retry${queryOf({ ...said })}`, { limit }),
    ...rolloutCalls(asking),
    ...joiningCalls(asking),
    ...accessCalls(asking),
    ...gateCalls(asking),
    ...secretCalls(asking),
    ...policyCalls(asking),
    ...workflowCalls(asking),
    ...scheduleCalls(api),
    ...targetCalls(asking),
    ...toolCalls(asking),
    ...channelCalls(asking),
    ...agentCalls(asking),
    ...memoryCalls(asking),
    ...auditCalls(api, asking, askingOver),
    ready: () => get(healthSchema, '/health/ready'),
    health: () => healthAt(api, '/health/ready'),
    events: (query) => followEvents(api, query),
    followTask: (id, from) => followTask(api, id, from),
  };
}

type PlaceCalls = Pick<
  ApiClient,
  'organisations' | 'addOrganisation' | 'clusters' | 'putCluster' | 'removeCluster' | 'clusterHealth'
>;

/** Organisations, and the clusters that they release into. */
const placeCalls = ({ get, post, change }: Asking): PlaceCalls => ({
  organisations: () => get(organisationListSchema, '/api/v1/organisations'),
  addOrganisation: (wanted) => post(organisationReplySchema, '/organisations', wanted),
  clusters: (page) => get(clusterPageSchema, `/api/v1/clusters${queryOf(page)}`),
  putCluster: (name, body) => change(clusterSchema, 'PUT', clusterPath(name), body),
  removeCluster: (name, by) => change(clusterSchema, 'DELETE', `${clusterPath(name)}${queryOf({ by })}`),
  clusterHealth: (name, namespace) =>
    get(clusterHealthSchema, `${clusterPath(name)}/health${queryOf({ namespace })}`),
});

/** Asks over a connection. */
const askingOver = (api: ApiConnection): Asking => ({
  get: (schema, path) => whole(callApi(api, schema, { method: 'GET', path })),
  post: (schema, path, body, headers = {}) =>
    whole(callApi(api, schema, { method: 'POST', path: `/api/v1${path}`, body, headers })),
  change: (schema, method, path, body) => whole(callApi(api, schema, { method, path, body })),
  queryOf,
});

type ScheduleCalls = Pick<
  ApiClient,
  'schedules' | 'schedule' | 'putSchedule' | 'pauseSchedule' | 'resumeSchedule' | 'removeSchedule'
>;

function scheduleCalls(api: ApiConnection): ScheduleCalls {
  const call = (method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown) =>
    whole(callApi(api, scheduleSchema, { method, path, body }));
  return {
    schedules: (filter) =>
      whole(callApi(api, schedulePageSchema, { method: 'GET', path: `/api/v1/schedules${queryOf(filter)}` })),
    schedule: (track, name) => call('GET', schedulePath(track, name)),
    putSchedule: (track, name, body) => call('PUT', schedulePath(track, name), body),
    pauseSchedule: (track, name) => call('POST', `${schedulePath(track, name)}/pause`),
    resumeSchedule: (track, name) => call('POST', `${schedulePath(track, name)}/resume`),
    removeSchedule: (track, name) => call('DELETE', schedulePath(track, name)),
  };
}

/** Only a call with a tag is answered with 304, so that elsewhere the value is there. */
async function whole<Value>(reply: Promise<ApiReply<Value | null>>): Promise<ApiReply<Value>> {
  const settled = await reply;
  if (!settled.ok || settled.value !== null) return settled as ApiReply<Value>;
  return { ok: false, failure: { kind: 'unreadable', message: 'The server answered with nothing.' } };
}

async function textAt(api: ApiConnection, path: string, accept: string): Promise<ApiReply<string>> {
  const headers = { accept: `${accept}, application/problem+json` };
  const sent = await send(api, { method: 'GET', path, headers });
  if ('failure' in sent) return { ok: false, failure: sent.failure };
  const text = await textOf(sent.response);
  if (typeof text !== 'string') return { ok: false, failure: text.failure };
  if (!sent.response.ok) return { ok: false, failure: refusalOf(sent.response, text) };
  return { ok: true, value: text, tag: null, replayed: false };
}

/** Health is answered with its report, whatever its status. */
async function healthAt(api: ApiConnection, path: string): Promise<ApiReply<HealthView>> {
  const sent = await send(api, { method: 'GET', path });
  if ('failure' in sent) return { ok: false, failure: sent.failure };
  const text = await textOf(sent.response);
  if (typeof text !== 'string') return { ok: false, failure: text.failure };
  const health = healthSchema.safeParse(jsonOf(text));
  if (health.success) return { ok: true, value: health.data, tag: null, replayed: false };
  return { ok: false, failure: refusalOf(sent.response, text) };
}

const trackPath = (id: string): string => `/tracks/${idInPath(id)}`;

const schedulePath = (track: string, name: string): string =>
  `/api/v1${trackPath(track)}/schedules/${encodeURIComponent(name)}`;

const clusterPath = (name: string): string => `/api/v1/clusters/${encodeURIComponent(name)}`;

const keyHeader = (options: Keyed | undefined): Record<string, string> =>
  options?.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey };

function queryOf(parameters: { readonly [name: string]: string | number | undefined }): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
