import type { Result } from '@sluice/core/kernel/result.ts';
import type {
  PolicyAddition,
  PolicyCheck,
  PolicyDetailView,
  PoliciesRequest,
  PolicyView,
} from '@sluice/protocol/http/policies.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';

/** Everything a user can do with policies. Refusals are problems to show. */
export interface PolicyRegistry {
  /** In the order of their names. */
  page(request: PageRequest): Promise<Page<PolicyView>>;
  policy(name: string): Promise<Result<PolicyDetailView, Problem>>;
  /** Adds the policies of a file, or new versions of them; one that is there as it is keeps its version. */
  add(request: PoliciesRequest): Promise<Result<PolicyAddition, Problem>>;
  remove(name: string, by: string): Promise<Result<PolicyView, Problem>>;
  /** Says what is wrong with a file, and changes nothing. */
  check(text: string, file: string): PolicyCheck;
}
