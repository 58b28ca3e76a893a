import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { HookSpec } from '@sluice/core/tasks/hook-spec.ts';
import type { AgentTool } from '@sluice/core/tasks/tool-spec.ts';

/** What a revision's agents may call, and who is asked about it. */
export interface AgentPolicy {
  readonly tools: readonly AgentTool[];
  readonly hooks: readonly HookSpec[];
  /** Of the revision, where its commands run; null where it has none. */
  readonly directory: string | null;
  /** As processes of the revision see them, secrets included. */
  readonly variables: Readonly<Record<string, string>>;
  /** Values that nobody should read. */
  readonly secrets: readonly string[];
}

/** The policy of a revision. */
export type AgentPolicies = (tenant: string, queue: TrackId, revision: RevisionId) => Promise<AgentPolicy>;
