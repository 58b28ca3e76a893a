import type { Result } from '@sluice/core/kernel/result.ts';
import type {
  KeyRotationRequest,
  KeyRotationView,
  SecretRequest,
  SecretView,
} from '@sluice/protocol/http/secrets.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';

/** Everything a user can do with secrets; none of it gives a value back. Refusals are problems to show. */
export interface SecretRegistry {
  /** In the order of their names. */
  page(request: PageRequest): Promise<Page<SecretView>>;
  /** Keeps a value, as a new version. */
  set(name: string, request: SecretRequest): Promise<Result<SecretView, Problem>>;
  /** Removes a secret with all its versions. */
  remove(name: string, by: string): Promise<Result<SecretView, Problem>>;
  /** Wraps all data keys with the newest key, which is made first where that is asked for. */
  rotateKey(request: KeyRotationRequest): Promise<Result<KeyRotationView, Problem>>;
}
