import type { Instant } from '@sluice/core/kernel/instant.ts';

/** Where something that is declared holds; null means everywhere. */
export interface ScopeColumns {
  readonly project: string | null;
  readonly application: string | null;
  readonly environment: string | null;
  readonly component: string | null;
}

/** What every declaration has: its name, its scope, and who made it. */
export interface DeclaredRow extends ScopeColumns {
  readonly name: string;
  readonly declaredBy: string;
  readonly declaredAt: Instant;
}

/** The columns of `DeclaredRow`. */
export const DECLARED = `name, project, application, environment, component, declared_by as "declaredBy",
  declared_at as "declaredAt"`;

/** Declarations of one kind that a tenant may have: all of them are read at once, and looked at for each rollout. */
export const MOST_DECLARED = 500;
