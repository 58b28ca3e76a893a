import {
  type AccessAnswers,
  type AccessQuestions,
  accessAnswersSchema,
  type NewTokenView,
  newTokenSchema,
  type RoleAtView,
  roleAtSchema,
  type TokenView,
  tokenPageSchema,
  tokenSchema,
  type WhoamiView,
  whoamiSchema,
} from './access.ts';
import {
  type BindingView,
  bindingListSchema,
  bindingSchema,
  type MemberView,
  memberPageSchema,
  memberSchema,
  nameListSchema,
  type ProjectView,
  projectListSchema,
  projectSchema,
  type RoleView,
  roleListSchema,
  roleSchema,
} from './members.ts';
import { type TrustRequest, type TrustView, trustListSchema, trustSchema } from './trusts.ts';
import type { ApiReply } from './api-call.ts';
import type { Asking, PageWish } from './asking.ts';
import type { PageView } from './pages.ts';

/** A list that comes whole. */
interface Whole<Item> {
  readonly items: Item[];
}

/** A role of somebody at a place. */
type BindingWish = RoleAtView & { readonly subject: string };

/** The part of the client that is about who may do what. */
export interface AccessCalls {
  whoami(): Promise<ApiReply<WhoamiView>>;
  decide(questions: AccessQuestions['questions']): Promise<ApiReply<AccessAnswers>>;
  /** `expiresInDays` null is never; 90 without. */
  createToken(request: {
    readonly name: string;
    readonly roles: readonly RoleAtView[];
    readonly expiresInDays?: number | null;
  }): Promise<ApiReply<NewTokenView>>;
  /** Those of workers, or all others. */
  tokens(page: PageWish & { readonly workers?: boolean }): Promise<ApiReply<PageView<TokenView>>>;
  /** By its id or its name. */
  revokeToken(token: string): Promise<ApiReply<TokenView>>;
  /** What members are called. */
  names(): Promise<
    ApiReply<{ readonly items: readonly { readonly subject: string; readonly name: string }[] }>
  >;
  members(page: PageWish): Promise<ApiReply<PageView<MemberView>>>;
  removeMember(subject: string): Promise<ApiReply<MemberView>>;
  bindings(): Promise<ApiReply<Whole<BindingView>>>;
  bind(binding: BindingWish): Promise<ApiReply<BindingView>>;
  unbind(binding: BindingWish): Promise<ApiReply<BindingWish>>;
  roles(): Promise<ApiReply<Whole<RoleView>>>;
  putRole(name: string, permissions: readonly string[]): Promise<ApiReply<RoleView>>;
  removeRole(name: string): Promise<ApiReply<RoleView>>;
  projects(): Promise<ApiReply<Whole<ProjectView>>>;
  addProject(name: string): Promise<ApiReply<ProjectView>>;
  removeProject(name: string): Promise<ApiReply<ProjectView>>;
  moveApplication(application: string, project: string): Promise<ApiReply<ProjectView>>;
  trusts(): Promise<ApiReply<Whole<TrustView>>>;
  putTrust(name: string, request: Omit<TrustRequest, 'by'>): Promise<ApiReply<TrustView>>;
  removeTrust(name: string): Promise<ApiReply<TrustView>>;
}

const bindingWishSchema = roleAtSchema.extend({ subject: bindingSchema.shape.subject });

/** Makes the part of the client that is about who may do what. */
export function accessCalls({ get, post, change, queryOf }: Asking): AccessCalls {
  const at = (kind: string, name: string): string => `/api/v1/${kind}/${encodeURIComponent(name)}`;
  return {
    whoami: () => get(whoamiSchema, '/api/v1/whoami'),
    decide: (questions) => post(accessAnswersSchema, '/access-decisions', { questions }),
    createToken: (request) => post(newTokenSchema, '/tokens', request),
    tokens: ({ workers, ...page }) =>
      get(tokenPageSchema, `/api/v1/tokens${queryOf({ ...page, ...(workers && { workers: 'true' }) })}`),
    revokeToken: (token) => change(tokenSchema, 'DELETE', at('tokens', token)),
    names: () => get(nameListSchema, '/api/v1/names'),
    members: (page) => get(memberPageSchema, `/api/v1/members${queryOf({ ...page })}`),
    removeMember: (subject) => change(memberSchema, 'DELETE', at('members', subject)),
    bindings: () => get(bindingListSchema, '/api/v1/role-bindings'),
    bind: (binding) => post(bindingSchema, '/role-bindings', binding),
    unbind: (binding) =>
      change(bindingWishSchema, 'DELETE', `/api/v1/role-bindings${queryOf({ ...binding })}`),
    roles: () => get(roleListSchema, '/api/v1/roles'),
    putRole: (name, permissions) => change(roleSchema, 'PUT', at('roles', name), { permissions }),
    removeRole: (name) => change(roleSchema, 'DELETE', at('roles', name)),
    projects: () => get(projectListSchema, '/api/v1/projects'),
    addProject: (name) => change(projectSchema, 'PUT', at('projects', name)),
    removeProject: (name) => change(projectSchema, 'DELETE', at('projects', name)),
    moveApplication: (application, project) =>
      change(
        projectSchema,
        'PUT',
        `${at('projects', project)}/applications/${encodeURIComponent(application)}`,
      ),
    trusts: () => get(trustListSchema, '/api/v1/trusts'),
    putTrust: (name, request) => change(trustSchema, 'PUT', at('trusts', name), request),
    removeTrust: (name) => change(trustSchema, 'DELETE', at('trusts', name)),
  };
}
