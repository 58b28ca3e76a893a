import type { Caller } from '@sluice/core/access/caller.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { GlassRequest, VoteRequest } from '@sluice/protocol/http/gates.ts';
import type { ErrorBudgetView } from '@sluice/protocol/http/gate-rules.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { DeclaredApprovals } from './declared-approvals.ts';
import type { DeclaredFreezes } from './declared-freezes.ts';
import type { DeclaredWindows } from './declared-windows.ts';

/** Everything that people do to gates. Refusals are problems to show. */
export interface GateRegistry extends DeclaredApprovals, DeclaredFreezes, DeclaredWindows {
  /** Takes in an approval or a rejection, as whoever the caller is where the track is. */
  vote(track: string, caller: Caller, request: VoteRequest): Promise<Result<null, Problem>>;
  /** Lets what is under way pass every gate. */
  breakGlass(track: string, request: GlassRequest): Promise<Result<null, Problem>>;
  /** How the error budget of a track stands. */
  errorBudget(track: string): Promise<Result<ErrorBudgetView, Problem>>;
}
