import type { McpServer, ToolRunner } from '@sluice/core/tasks/tool-definition.ts';
import type { ToolRequest } from '@sluice/protocol/http/tools.ts';
import type { CheckDestination } from '../outgoing/guarded-outgoing.ts';
import { type Refused, refusedDestination } from '../rollouts/problems.ts';
import { foreignMachine } from './registry-refusals.ts';

type Runner = ToolRunner | ToolRequest['tool']['runner'];

/** Why a tool cannot be called as it is to be; undefined when it can. A host that nobody knows now may be there later. */
export async function refusedRunner(
  { isForeign, check }: { readonly isForeign?: boolean; readonly check: CheckDestination },
  runner: Runner,
): Promise<Refused | undefined> {
  if (runner.kind === 'worker') return undefined;
  const place = runner.kind === 'http' ? { ...runner, over: 'http' as const } : (runner.server as McpServer);
  if (isForeign && place.over === 'stdio') return foreignMachine('Its server would be started');
  const read = Object.entries(place.secrets).find(
    ([, { from }]) => from === 'file' || from === 'environment',
  );
  if (isForeign && read) return foreignMachine(`The secret ${read[0]} would be read`);
  if (place.over === 'stdio') return undefined;
  const checked = await check(place.url);
  return checked.ok || checked.refusal.code === 'unknown-host'
    ? undefined
    : refusedDestination(checked.refusal.message, checked.refusal.remedy);
}
