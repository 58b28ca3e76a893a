import type { ApiReply } from '@sluice/protocol/http/api-call.ts';
import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refusedByApi } from '../refused.ts';
import { wouldBe } from './act-on-track.ts';

/** Something that is asked of the API, and how its answer is printed. */
export interface Asked<Value> {
  /** What it would do, in a dry run; left out of what changes nothing. */
  readonly would?: string;
  readonly ask: (api: ApiClient) => Promise<ApiReply<Value>>;
  readonly lines: (value: Value) => readonly string[] | string;
  /** How the command ends; well without. */
  readonly ends?: (value: Value) => ExitCode;
}

/** Asks the API once and prints its answer, as JSON where that is wanted. */
export async function printAnswer<Value>(
  context: CommandContext,
  { would, ask, lines, ends }: Asked<Value>,
): Promise<ExitCode> {
  if (would !== undefined && context.dryRun) return wouldBe(context, would);
  const api = await context.api();
  const reply = await ask(api);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(lines(reply.value));
  return ends?.(reply.value) ?? EXIT.ok;
}
