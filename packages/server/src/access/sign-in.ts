import type { Instant } from '@sluice/core/kernel/instant.ts';

/** How people and jobs are let in. */
export interface SignIn {
  /** When the session of a cookie ends at the latest; null for one that is nobody's. */
  endOf(session: string): Promise<Instant | null>;
}
