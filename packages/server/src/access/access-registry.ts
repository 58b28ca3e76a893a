import type { Caller } from '@sluice/core/access/caller.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type {
  AccessAnswers,
  AccessQuestions,
  NewTokenView,
  TokenRequest,
  TokenView,
} from '@sluice/protocol/http/access.ts';
import type {
  BindingRequest,
  BindingView,
  MemberView,
  ProjectView,
  RoleRequest,
  RoleView,
} from '@sluice/protocol/http/members.ts';
import type {
  JoinTokenRequest,
  JoinTokenView,
  NewJoinTokenView,
  WorkerIdentityView,
} from '@sluice/protocol/http/joining.ts';
import type { TrustRequest, TrustView } from '@sluice/protocol/http/trusts.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';
import type { SettleApplication, SettledApplication } from '../rollouts/settle-application.ts';

/** A role that is to be taken away. */
export type BindingName = Pick<BindingView, 'subject' | 'role' | 'project' | 'environment'>;

/** What can be done with tokens. */
export interface TokenRegistry {
  create(caller: Caller, request: TokenRequest): Promise<Result<NewTokenView, Problem>>;
  /** All for whoever may see them, one's own for everybody else; those of workers when they are asked for, or all others. */
  tokens(caller: Caller, page: PageRequest & { readonly workers?: boolean }): Promise<Page<TokenView>>;
  /** By id or name: one's own, or any with access:manage. */
  revoke(caller: Caller, token: string): Promise<Result<TokenView, Problem>>;
}

/** What can be done with members, roles and projects. Who asks is named by a caller; whether they may, was decided. */
export interface MemberRegistry {
  decide(caller: Caller, questions: AccessQuestions): Promise<AccessAnswers>;
  members(page: PageRequest): Promise<Page<MemberView>>;
  removeMember(caller: Caller, subject: string): Promise<Result<MemberView, Problem>>;
  roles(): Promise<readonly RoleView[]>;
  putRole(caller: Caller, name: string, request: RoleRequest): Promise<Result<RoleView, Problem>>;
  removeRole(caller: Caller, name: string): Promise<Result<RoleView, Problem>>;
  bindings(): Promise<readonly BindingView[]>;
  bind(caller: Caller, request: BindingRequest): Promise<Result<BindingView, Problem>>;
  unbind(caller: Caller, binding: BindingName): Promise<Result<BindingName, Problem>>;
  projects(): Promise<readonly ProjectView[]>;
  addProject(caller: Caller, name: string): Promise<Result<ProjectView, Problem>>;
  removeProject(caller: Caller, name: string): Promise<Result<ProjectView, Problem>>;
  /** Puts an application into a project; the caller needs access:manage, or delivery:release in both. */
  placeApplication(
    caller: Caller,
    application: string,
    project: string,
  ): Promise<Result<ProjectView, Problem>>;
  /** Whether an application is in the project that its file names, or the caller may bring it there with its first release. */
  settle(caller: Caller, wanted: SettledApplication): ReturnType<SettleApplication>;
}

/** What can be done about the jobs of CI systems. */
export interface TrustRegistry {
  trusts(): Promise<readonly TrustView[]>;
  putTrust(caller: Caller, name: string, request: TrustRequest): Promise<Result<TrustView, Problem>>;
  removeTrust(caller: Caller, name: string): Promise<Result<TrustView, Problem>>;
}

/** What can be done about workers elsewhere. */
export interface JoiningRegistry {
  /** Nobody lets a worker in where they may not do a worker's work themselves. */
  createJoinToken(caller: Caller, request: JoinTokenRequest): Promise<Result<NewJoinTokenView, Problem>>;
  /** All for whoever may see them, one's own for everybody else. */
  joinTokens(caller: Caller, page: PageRequest): Promise<Page<JoinTokenView>>;
  /** One's own, or any with access:manage; who has joined with it stays. */
  revokeJoinToken(caller: Caller, id: string): Promise<Result<JoinTokenView, Problem>>;
  /** Those that may still come in. */
  workerIdentities(page: PageRequest): Promise<Page<WorkerIdentityView>>;
  revokeWorkerIdentity(caller: Caller, id: string): Promise<Result<WorkerIdentityView, Problem>>;
}

/** Everything that can be done about who may do what, within one tenant. */
export interface AccessRegistry extends TokenRegistry, MemberRegistry, TrustRegistry, JoiningRegistry {}
