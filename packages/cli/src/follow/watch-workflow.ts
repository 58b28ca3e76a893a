import type { WorkflowView } from '@sluice/protocol/http/workflows.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Refused, refusedByApi } from '../refused.ts';

/** How the watch ended. */
export type Watched =
  | { readonly ok: true; readonly workflow: WorkflowView; readonly exitCode: ExitCode }
  | { readonly ok: false; readonly refused: Refused };

const LOOK_EVERY_MS = 500;

/** Waits until a workflow has ended, the time is over, or somebody interrupts; a server that is away is waited for. */
export async function watchWorkflow(
  context: CommandContext,
  id: string,
  timeoutMs: number,
): Promise<Watched> {
  const { world } = context;
  const api = await context.api();
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([deadline, world.interrupted]);
  let seen: WorkflowView | null = null;
  for (;;) {
    const reply = await api.workflow(id);
    const trouble = reply.ok ? null : refusedByApi(reply.failure, api.baseUrl);
    if (trouble !== null && (trouble.exitCode !== EXIT.unreachable || seen === null))
      return { ok: false, refused: trouble };
    if (reply.ok) {
      seen = reply.value;
      if (seen.endedAt !== null)
        return { ok: true, workflow: seen, exitCode: seen.state === 'succeeded' ? EXIT.ok : EXIT.failed };
    }
    await world.wait(LOOK_EVERY_MS, signal);
    if (signal.aborted && seen !== null)
      return { ok: true, workflow: seen, exitCode: deadline.aborted ? EXIT.timedOut : EXIT.interrupted };
  }
}
