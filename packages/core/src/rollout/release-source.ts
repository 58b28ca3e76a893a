import type { Instant } from '../kernel/instant.ts';

/** Where the code of a release comes from, as the one who asks for it says; nothing is decided by it. */
export interface ReleaseSource {
  /** Address or path of the repository, without credentials. */
  readonly repository?: string | undefined;
  /** The whole name of the commit. */
  readonly commit?: string | undefined;
  /** Branch or tag. */
  readonly ref?: string | undefined;
  /** What the author of the commit wrote. */
  readonly message?: string | undefined;
  /** When the change was written; lead times count from here. */
  readonly authoredAt?: Instant | undefined;
}
