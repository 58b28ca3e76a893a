import type { ApiReply } from '@sluice/protocol/http/api-call.ts';
import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refusedByApi } from '../refused.ts';

/** Asks the control plane for something and prints it: as JSON where that is wanted, else the lines that show it. */
export async function askApi<Value>(
  context: CommandContext,
  ask: (api: ApiClient) => Promise<ApiReply<Value>>,
  show: (value: Value) => string | readonly string[],
): Promise<ExitCode> {
  const api = await context.api();
  const reply = await ask(api);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(show(reply.value));
  return EXIT.ok;
}
