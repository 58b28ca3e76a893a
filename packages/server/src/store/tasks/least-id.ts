import type { Instant } from '@sluice/core/kernel/instant.ts';

/** The least id of a task that came in at a moment. */
export const leastId = (at: Instant): string => {
  const hex = Math.max(0, at).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
};
