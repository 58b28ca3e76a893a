import type { ApiReply } from './api-call.ts';
import type { Asking, PageWish } from './asking.ts';
import type { PageView } from './pages.ts';
import {
  type KeyRotationRequest,
  type KeyRotationView,
  keyRotationSchema,
  type SecretRequest,
  type SecretView,
  secretPageSchema,
  secretSchema,
} from './secrets.ts';

/** The part of the client that is about secrets. */
export interface SecretCalls {
  secrets(page: PageWish): Promise<ApiReply<PageView<SecretView>>>;
  setSecret(
    name: string,
    request: Pick<SecretRequest, 'value'> & Partial<SecretRequest>,
  ): Promise<ApiReply<SecretView>>;
  removeSecret(name: string, by?: string): Promise<ApiReply<SecretView>>;
  rotateSecretsKey(request: Partial<KeyRotationRequest>): Promise<ApiReply<KeyRotationView>>;
}

/** Makes the part of the client that is about secrets. */
export function secretCalls({ get, post, change, queryOf }: Asking): SecretCalls {
  const path = (name: string): string => `/api/v1/secrets/${encodeURIComponent(name)}`;
  return {
    secrets: (page) => get(secretPageSchema, `/api/v1/secrets${queryOf({ ...page })}`),
    setSecret: (name, request) => change(secretSchema, 'PUT', path(name), request),
    removeSecret: (name, by) => change(secretSchema, 'DELETE', `${path(name)}${queryOf({ by })}`),
    rotateSecretsKey: (request) => post(keyRotationSchema, '/secret-keys/rotations', request),
  };
}
