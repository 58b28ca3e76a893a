import type { ApiReply } from './api-call.ts';
import type { Asking, PageWish } from './asking.ts';
import {
  type JoinTokenView,
  joinTokenPageSchema,
  joinTokenSchema,
  type NewJoinTokenView,
  newJoinTokenSchema,
  type WorkerIdentityView,
  workerIdentityPageSchema,
  workerIdentitySchema,
} from './joining.ts';
import type { PageView } from './pages.ts';

/** The part of the client that is about workers elsewhere. */
export interface JoiningCalls {
  /** Without numbers: one use, 24 hours. */
  createJoinToken(request: {
    readonly track: string;
    readonly uses?: number;
    readonly expiresInHours?: number;
  }): Promise<ApiReply<NewJoinTokenView>>;
  joinTokens(page: PageWish): Promise<ApiReply<PageView<JoinTokenView>>>;
  revokeJoinToken(id: string): Promise<ApiReply<JoinTokenView>>;
  workerIdentities(page: PageWish): Promise<ApiReply<PageView<WorkerIdentityView>>>;
  revokeWorkerIdentity(id: string): Promise<ApiReply<WorkerIdentityView>>;
}

/** Makes the part of the client that is about workers elsewhere. */
export function joiningCalls({ get, post, change, queryOf }: Asking): JoiningCalls {
  const at = (kind: string, id: string): string => `/api/v1/${kind}/${encodeURIComponent(id)}`;
  return {
    createJoinToken: (request) => post(newJoinTokenSchema, '/join-tokens', request),
    joinTokens: (page) => get(joinTokenPageSchema, `/api/v1/join-tokens${queryOf({ ...page })}`),
    revokeJoinToken: (id) => change(joinTokenSchema, 'DELETE', at('join-tokens', id)),
    workerIdentities: (page) =>
      get(workerIdentityPageSchema, `/api/v1/worker-identities${queryOf({ ...page })}`),
    revokeWorkerIdentity: (id) => change(workerIdentitySchema, 'DELETE', at('worker-identities', id)),
  };
}
