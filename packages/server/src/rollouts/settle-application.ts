import type { Result } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';

/** An application, and the project that its file names. */
export interface SettledApplication {
  readonly application: string;
  readonly environment: string;
  readonly project: string;
}

/** How a new application comes into its project. */
export interface Settling {
  /** Puts it there; refuses when it has come elsewhere meanwhile. */
  readonly place: () => Promise<Result<null, Problem>>;
}

/**
 * Whether an application is in the project that its file names.
 *
 * @returns null when it is; how it comes there when it is new and whoever asks may release it there; else why not
 */
export type SettleApplication = (wanted: SettledApplication) => Promise<Result<Settling | null, Problem>>;
