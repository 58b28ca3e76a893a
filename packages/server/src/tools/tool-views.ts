import type { ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import { toolReferenceText } from '@sluice/core/tasks/tool-spec.ts';
import type { HookFiringView, ToolCallView, ToolView } from '@sluice/protocol/http/tools.ts';
import type { HookFiring } from '../store/hooks/hook-firings.ts';
import type { ToolCallRow } from '../store/tools/tool-calls.ts';
import type { ToolRow } from '../store/tools/tool-definitions.ts';
import type { BreakerBoard } from './breaker-board.ts';
import { breakersOf } from './serve-call.ts';
import { downstreamOf } from './tool-executor.ts';

/** A registered tool on the wire. */
export function toolViewOf(row: ToolRow, breakers: Pick<BreakerBoard, 'state'>): ToolView {
  const definition = row.definition as ToolDefinition;
  const [own = '', behind = ''] = breakersOf(definition);
  const name = downstreamOf(definition);
  return {
    // What was stored has passed the schema of the wire.
    definition: definition as unknown as ToolView['definition'],
    createdAt: row.createdAt,
    breaker: breakers.state(own),
    downstream: name === null ? null : { name, breaker: breakers.state(behind) },
  };
}

/** A call on the wire. */
export const callViewOf = ({ taskId, queue, tool, version, ...row }: ToolCallRow): ToolCallView => ({
  ...{ task: taskId, call: row.call, attempt: row.attempt, track: queue, revision: row.revision },
  ...{ worker: row.worker, name: row.name, state: row.state, arguments: row.arguments, failure: row.failure },
  ...{ tries: row.tries, startedAt: row.startedAt, endedAt: row.endedAt },
  servedBy: tool === null || version === null ? null : toolReferenceText({ tool, version }),
});

/** What a hook said, on the wire. */
export const firingViewOf = ({ id, queue, taskId, ...firing }: HookFiring): HookFiringView => ({
  ...{ at: Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), track: queue, task: taskId },
  ...{ revision: firing.revision, hook: firing.hook, moment: firing.moment, session: firing.session },
  ...{ attempt: firing.attempt, tool: firing.tool, isAllowed: firing.isAllowed },
  ...{ hasFailed: firing.hasFailed, message: firing.message, durationMs: firing.durationMs },
});
