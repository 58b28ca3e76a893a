import type { PolicyView } from '@sluice/protocol/http/policies.ts';

/** Which projects, applications and environments a policy is asked about. */
export function PolicyPlace({
  policy,
}: {
  readonly policy: Pick<PolicyView, 'projects' | 'applications' | 'environments'>;
}) {
  const parts = [policy.projects, policy.applications, policy.environments].map((names) => names.join(', '));
  return parts.every((part) => part === '*') ? (
    <span className="muted">everywhere</span>
  ) : (
    <span className="mono">{parts.join(' / ')}</span>
  );
}
