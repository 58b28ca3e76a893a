import type { ApiReply } from './api-call.ts';
import type { Asking, PageWish } from './asking.ts';
import type { PageView } from './pages.ts';
import {
  type PolicyAddition,
  type PolicyCheck,
  type PolicyDetailView,
  type PoliciesRequest,
  type PolicyTestRequest,
  type PolicyTestView,
  type PolicyView,
  policyAdditionSchema,
  policyCheckSchema,
  policyDetailSchema,
  policyPageSchema,
  policySchema,
  policyTestSchema,
} from './policies.ts';
import type { ReleaseInput } from './requests.ts';

/** A request to add policies before its defaults are filled in. */
export type PoliciesInput = Partial<PoliciesRequest>;
/** A question to policies before its defaults are filled in. */
export type PolicyTestInput = Partial<Omit<PolicyTestRequest, 'release'>> & {
  readonly release?: ReleaseInput;
};

/** The part of the client that is about policies. */
export interface PolicyCalls {
  policies(page: PageWish): Promise<ApiReply<PageView<PolicyView>>>;
  policy(name: string): Promise<ApiReply<PolicyDetailView>>;
  addPolicies(request: PoliciesInput): Promise<ApiReply<PolicyAddition>>;
  removePolicy(name: string, by?: string): Promise<ApiReply<PolicyView>>;
  checkPolicies(text: string, file: string): Promise<ApiReply<PolicyCheck>>;
  testPolicies(request: PolicyTestInput): Promise<ApiReply<PolicyTestView>>;
}

/** Makes the part of the client that is about policies. */
export function policyCalls({ get, post, change, queryOf }: Asking): PolicyCalls {
  const path = (name: string): string => `/api/v1/policies/${encodeURIComponent(name)}`;
  return {
    policies: (page) => get(policyPageSchema, `/api/v1/policies${queryOf({ ...page })}`),
    policy: (name) => get(policyDetailSchema, path(name)),
    addPolicies: (request) => post(policyAdditionSchema, '/policies', request),
    removePolicy: (name, by) => change(policySchema, 'DELETE', `${path(name)}${queryOf({ by })}`),
    checkPolicies: (text, file) => post(policyCheckSchema, '/policies/check', { text, file }),
    testPolicies: (request) => post(policyTestSchema, '/policies/test', request),
  };
}
