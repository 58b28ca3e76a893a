import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import { type AgentTool, type ToolReference, toolReferenceText } from '@sluice/core/tasks/tool-spec.ts';
import type { BreakerBoard } from './breaker-board.ts';
import { breakersOf } from './serve-call.ts';
import type { CallingTask, ToolCallRequest } from './tool-calls.ts';
import { mayNotAct, noneThere, notRegistered, wrongArguments } from './tool-refusals.ts';
import type { ToolSchemas } from './tool-schemas.ts';

/** What candidates are chosen with. */
export interface CandidatePorts {
  readonly definition: (tenant: string, reference: ToolReference) => Promise<ToolDefinition | undefined>;
  readonly schemas: Pick<ToolSchemas, 'fault'>;
  readonly breakers: Pick<BreakerBoard, 'state'>;
}

/** A call of a tool that the component declares. */
export interface DeclaredCall {
  readonly tenant: string;
  readonly declared: AgentTool;
  readonly request: Pick<ToolCallRequest, 'tool' | 'ownTools'>;
  readonly task: Pick<CallingTask, 'mayAct'>;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/**
 * Those that may serve a call, in the order of the file: registered, for this task and with these arguments; those that are
 * left alone because they failed come last, and are only asked when their time has come.
 */
export async function candidatesFor(
  ports: CandidatePorts,
  call: DeclaredCall,
): Promise<Result<readonly ToolDefinition[]>> {
  const { declared, request, task } = call;
  const missing: string[] = [];
  const there: ToolDefinition[] = [];
  for (const reference of declared.servedBy) {
    const definition = await ports.definition(call.tenant, reference);
    if (definition === undefined) missing.push(notRegistered(reference));
    else if (definition.runner.kind === 'worker' && !request.ownTools.includes(definition.name))
      missing.push(`${toolReferenceText(reference)} runs in workers, and this one does not have it`);
    else there.push(definition);
  }
  if (there.length === 0) return noneThere(request.tool, missing);
  const harmless = there.filter(({ readOnly }) => task.mayAct || readOnly);
  if (harmless.length === 0) return mayNotAct(request.tool);
  const judged = harmless.map((one) => ({ one, fault: ports.schemas.fault(one.input, call.arguments) }));
  const fitting = judged.flatMap(({ one, fault }) => (fault === null ? [one] : []));
  if (fitting.length === 0) return wrongArguments(request.tool, judged[0]?.fault ?? '');
  const isShut = (one: ToolDefinition): boolean =>
    breakersOf(one).some((name) => ports.breakers.state(name) === 'open');
  return ok([...fitting.filter((one) => !isShut(one)), ...fitting.filter(isShut)]);
}
