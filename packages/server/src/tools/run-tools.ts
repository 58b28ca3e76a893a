/**
 * Purpose: everything that runs while agents call tools and hooks are asked, put together over one database.
 *
 * Owns the timers, the connections to MCP servers and what its parts own. Any number of servers may do this over the same
 * database.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { TOOL_LIMITS, type ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import { type ToolReference, toolReferenceText } from '@sluice/core/tasks/tool-spec.ts';
import type { Database } from '../store/database/open-database.ts';
import type { GuardedOutgoing } from '../outgoing/guarded-outgoing.ts';
import { putHookFirings } from '../store/hooks/hook-firings.ts';
import { beginSession, continueSession, endIdleSessions } from '../store/hooks/hook-sessions.ts';
import { findCallingTask } from '../store/tools/calling-task.ts';
import {
  beginToolCall,
  endToolCall,
  extendToolCalls,
  findToolCall,
  giveUpToolCall,
  refuseToolCall,
  tryToolCall,
} from '../store/tools/tool-calls.ts';
import { findTool } from '../store/tools/tool-definitions.ts';
import type { WorkerDesk } from '../tasks/worker-desk.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { AgentPolicies } from './agent-policy.ts';
import { breakerBoard } from './breaker-board.ts';
import { hookAsker, MOST_HOOK_BYTES } from './hooks/ask-hook.ts';
import { callHooks } from './hooks/tool-hooks.ts';
import { hookDesk, type Scored } from './hooks/hook-desk.ts';
import { hookedDesk } from './hooks/hooked-desk.ts';
import { sessionHooks } from './hooks/session-hooks.ts';
import { httpTool } from './http-tool.ts';
import { mcpConnections } from './mcp-connections.ts';
import { mcpTool } from './mcp-tool.ts';
import { ownCalls } from './own-calls.ts';
import { breakerReadings } from './serve-call.ts';
import { type AgentPolicyPorts, rememberedAgentPolicies } from './remembered-agent-policies.ts';
import { storedTools } from './stored-tools.ts';
import type { ToolCallRecords, ToolDesk } from './tool-calls.ts';
import { toolDesk } from './tool-desk.ts';
import type { SecretReader } from './tool-executor.ts';
import type { ToolRegistry } from './tool-registry.ts';
import { toolSchemas } from './tool-schemas.ts';
import { type ToolTally, toolTally } from './tool-tally.ts';

/** What tools run over. */
export interface ToolParts extends AgentPolicyPorts {
  readonly db: Database;
  readonly tenant: string;
  /** The machine of the control plane is not the tenant's. */
  readonly isForeign?: boolean;
  /** Names this server in what it holds. */
  readonly holder: string;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly readSecrets: SecretReader;
  /** The way out to tools and hooks. */
  readonly outgoing: Pick<GuardedOutgoing, 'lines' | 'check'>;
  /** An id that goes with time. */
  readonly newId: () => string;
  readonly scored: Scored;
  readonly metrics: Pick<Metrics, 'breakersFrom'>;
  /** How long a call may be without a word of its server, in ms; 15 s without. */
  readonly leaseMs?: number;
}

/** Tools that are served. */
export interface RunningTools {
  readonly registry: ToolRegistry;
  readonly desk: ToolDesk;
  readonly tally: Pick<ToolTally, 'of'>;
  readonly policyOf: AgentPolicies;
  /** Puts hooks around a desk that serves workers. */
  around(desk: WorkerDesk): WorkerDesk;
  close(): Promise<void>;
}

/** Long enough for a pause of a busy machine; whoever repeats a call of a server that died waits so long. In ms. */
const LEASE_MS = 15_000;
/** Of one answer of an MCP server, which may be a stream of many, in bytes. */
const MOST_MCP_BYTES = 16 * 1024 * 1024;
/** A tool that was removed is called for so long by those who knew it, in ms. */
const KNOWN_MS = 2_000;

/** Starts everything that tools need. */
export function runTools(parts: ToolParts): RunningTools {
  const { db, tenant, now, newId, leaseMs = LEASE_MS, log } = parts;
  const failed = (thrown: unknown): void =>
    log.warn({ reason: SluiceError.from(thrown, 'serving tools').message }, 'something about tools failed');
  const policyOf = rememberedAgentPolicies(parts);
  const { lines } = parts.outgoing;
  // What is too long is said by whoever reads it.
  const toTools = lines({ mostBytes: 2 * TOOL_LIMITS.resultBytes });
  const toHooks = lines({ mostBytes: 2 * MOST_HOOK_BYTES });
  const toServers = lines({ mostBytes: MOST_MCP_BYTES });
  const connections = mcpConnections({ readSecrets: parts.readSecrets, fetch: toServers.fetch });
  const tally = toolTally();
  const hooks = hookDesk({
    ...{ ask: hookAsker(toHooks.dispatcher), scored: parts.scored, failed, newId },
    write: (of, firings) => putHookFirings(db, of, firings),
  });
  const sessions = sessionHooks({
    ...{ hooks, policyOf, failed },
    continueSession: (of, session) => continueSession(db, of, session),
    beginSession: (of, session) => beginSession(db, of, session),
    endIdle: (wish) => endIdleSessions(db, wish),
  });
  const shared = {
    ...{ tally, policyOf, now, chance: Math.random, breakers: breakerBoard(now), schemas: toolSchemas() },
    ...{ records: recordsOf(db), definition: knownDefinitions(parts), hooks: callHooks(hooks) },
  };
  const desk = toolDesk({
    ...{ ...shared, newId, holder: parts.holder, leaseMs, ownCalls: ownCalls(shared) },
    executors: { http: httpTool(parts.readSecrets, toTools.dispatcher), mcp: mcpTool(connections) },
    callingTask: (of, name) => findCallingTask(db, of, name),
    pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
  });
  const extend = (): Promise<void> => extendToolCalls(db, { holder: parts.holder, leaseMs }).catch(failed);
  const extending = setInterval(() => void extend(), leaseMs / 3);
  const { breakers, schemas } = shared;
  parts.metrics.breakersFrom(() => breakerReadings(breakers));
  return {
    ...{ desk, tally, policyOf },
    registry: storedTools(tenant, {
      db,
      connections,
      now,
      breakers,
      schemas,
      check: parts.outgoing.check,
      isForeign: parts.isForeign ?? false,
    }),
    around: (within) =>
      hookedDesk({
        ...{ desk: within, hooks, sessions, policyOf, tally, failed },
        pause: (ms) => delay(ms),
      }),
    close: async () => {
      await desk.close();
      clearInterval(extending);
      sessions.close();
      await Promise.all([hooks.close(), connections.close()]);
      await Promise.all([toTools, toHooks, toServers].map((opened) => opened.close()));
    },
  };
}

const recordsOf = (db: Database): ToolCallRecords => ({
  find: (tenant, name) => findToolCall(db, tenant, name),
  begin: (tenant, call) => beginToolCall(db, tenant, call),
  tries: (tenant, holder, by) => tryToolCall(db, tenant, holder, by),
  end: (tenant, holder, end) => endToolCall(db, tenant, holder, end),
  giveUp: (tenant, name, failure) => giveUpToolCall(db, tenant, name, failure),
  refuse: (tenant, call, failure) => refuseToolCall(db, tenant, call, failure),
});

/** Definitions that are remembered. */
const MOST_KNOWN = 2_000;

/** Versions never change, so that they are read once in a while; they may be removed. */
function knownDefinitions({ db, elapsedMs }: ToolParts) {
  const known = new Map<string, { readonly definition: ToolDefinition; readonly until: number }>();
  return async (tenant: string, reference: ToolReference): Promise<ToolDefinition | undefined> => {
    const key = `${tenant} ${toolReferenceText(reference)}`;
    const present = known.get(key);
    if (present && elapsedMs() < present.until) return present.definition;
    const { tool: name, version } = reference;
    const row = await findTool(db, tenant, { name, version });
    known.delete(key);
    if (row === undefined) return undefined;
    const definition = row.definition as ToolDefinition;
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, { definition, until: elapsedMs() + KNOWN_MS });
    return definition;
  };
}
