import type { ApiReply } from './api-call.ts';
import { type Asking, idInPath, type PageWish } from './asking.ts';
import { type GlassRequest, type VoteRequest } from './gates.ts';
import {
  type ApprovalRuleRequest,
  type ApprovalRuleView,
  approvalRulePageSchema,
  approvalRuleSchema,
  type ErrorBudgetView,
  errorBudgetSchema,
  type FreezeRequest,
  type FreezeView,
  freezePageSchema,
  freezeSchema,
  type WindowRequest,
  type WindowView,
  windowPageSchema,
  windowSchema,
} from './gate-rules.ts';
import type { PageView } from './pages.ts';
import { type TrackView, trackSchema } from './views.ts';

/** A request before its defaults are filled in. */
type Input<Request, Needed extends keyof Request> = Partial<Request> & Pick<Request, Needed>;

/** The part of the client that is about what keeps releases from going out. */
export interface GateCalls {
  vote(track: string, request: Input<VoteRequest, 'decision'>): Promise<ApiReply<TrackView>>;
  breakGlass(track: string, request: Input<GlassRequest, 'reason'>): Promise<ApiReply<TrackView>>;
  freezes(page: PageWish): Promise<ApiReply<PageView<FreezeView>>>;
  freeze(request: Input<FreezeRequest, 'reason'>): Promise<ApiReply<FreezeView>>;
  liftFreeze(
    name: string,
    of?: { readonly by?: string; readonly system?: boolean },
  ): Promise<ApiReply<FreezeView>>;
  windows(page: PageWish): Promise<ApiReply<PageView<WindowView>>>;
  putWindow(name: string, request: Input<WindowRequest, 'effect' | 'times'>): Promise<ApiReply<WindowView>>;
  removeWindow(name: string, by?: string): Promise<ApiReply<WindowView>>;
  approvalRules(page: PageWish): Promise<ApiReply<PageView<ApprovalRuleView>>>;
  putApprovalRule(
    name: string,
    request: Input<ApprovalRuleRequest, 'approvers'>,
  ): Promise<ApiReply<ApprovalRuleView>>;
  removeApprovalRule(name: string, by?: string): Promise<ApiReply<ApprovalRuleView>>;
  errorBudget(track: string): Promise<ApiReply<ErrorBudgetView>>;
}

/** Makes the part of the client that is about gates. */
export function gateCalls({ get, post, change, queryOf }: Asking): GateCalls {
  const named = (kind: string, name: string): string => `/api/v1/${kind}/${encodeURIComponent(name)}`;
  return {
    vote: (track, request) => post(trackSchema, `/tracks/${idInPath(track)}/votes`, request),
    breakGlass: (track, request) => post(trackSchema, `/tracks/${idInPath(track)}/break-glass`, request),
    freezes: (page) => get(freezePageSchema, `/api/v1/freezes${queryOf({ ...page })}`),
    freeze: (request) => post(freezeSchema, '/freezes', request),
    liftFreeze: (name, { by, system } = {}) =>
      change(
        freezeSchema,
        'DELETE',
        `${named('freezes', name)}${queryOf({ by, ...(system && { system: 'true' }) })}`,
      ),
    windows: (page) => get(windowPageSchema, `/api/v1/windows${queryOf({ ...page })}`),
    putWindow: (name, request) => change(windowSchema, 'PUT', named('windows', name), request),
    removeWindow: (name, by) => change(windowSchema, 'DELETE', `${named('windows', name)}${queryOf({ by })}`),
    approvalRules: (page) => get(approvalRulePageSchema, `/api/v1/approval-rules${queryOf({ ...page })}`),
    putApprovalRule: (name, request) =>
      change(approvalRuleSchema, 'PUT', named('approval-rules', name), request),
    removeApprovalRule: (name, by) =>
      change(approvalRuleSchema, 'DELETE', `${named('approval-rules', name)}${queryOf({ by })}`),
    errorBudget: (track) => get(errorBudgetSchema, `/api/v1/tracks/${idInPath(track)}/error-budget`),
  };
}
