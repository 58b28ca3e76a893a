import type { ReleaseInput } from '@sluice/protocol/http/requests.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { releaseLines } from '../output/release-lines.ts';
import { refusedByApi } from '../refused.ts';

/** Asks what a release would become, and shows it. */
export async function planRelease(context: CommandContext, request: ReleaseInput): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.plan(request);
  if (!reply.ok) return context.refuse({ ...refusedByApi(reply.failure, api.baseUrl), text: request.text });
  if (context.json) context.printJson(reply.value);
  else {
    context.print(releaseLines(reply.value, context.space()));
    context.print('Nothing was changed.');
  }
  return EXIT.ok;
}
