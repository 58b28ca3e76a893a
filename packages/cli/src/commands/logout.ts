import type { CommandContext, DefineCommand } from '../command-context.ts';
import { readCredential, writeCredential } from '../context/credentials.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refusal } from '../refused.ts';

/** `sluice logout`: what `sluice login` was given is revoked and forgotten. */
export const logout: DefineCommand = (command, run) => {
  command
    .description(
      'Revokes what `sluice login` was given for this control plane, and forgets it. A token that was given with `--token` is ' +
        'forgotten and goes on letting others in; `sluice token revoke` ends it.',
    )
    .addHelpText('after', '\nExample:\n  $ sluice logout')
    .action(() => run(signOut));
};

async function signOut(context: CommandContext): Promise<ExitCode> {
  const { environment } = context.world;
  const { baseUrl } = await context.api();
  const token = await readCredential(environment, baseUrl);
  if (token === undefined)
    return context.refuse(
      refusal(EXIT.refusedByState, 'not-signed-in', {
        detail: `The command line is not signed in at ${baseUrl}.`,
        remedy: 'Nothing is to be done; `sluice login` signs in.',
      }).refused,
    );
  const isRevoked = await revoke(baseUrl, token);
  await writeCredential(environment, baseUrl, null);
  if (context.json) context.printJson({ address: baseUrl, revoked: isRevoked });
  else {
    const { paint, symbols } = context.style;
    const words = isRevoked ? 'its token is revoked' : 'its token is forgotten here, and was not revoked';
    context.print(`${paint('good', symbols.done)} Signed out at ${baseUrl}: ${words}.`);
  }
  return EXIT.ok;
}

/** Revokes a token of a person or of a job: what was given by `login` itself. */
async function revoke(baseUrl: string, token: string): Promise<boolean> {
  const { apiClient } = await import('@sluice/protocol/http/client.ts');
  const api = apiClient({ baseUrl, token });
  const known = await api.whoami();
  if (!known.ok || known.value.subject.startsWith('token:')) return false;
  return (await api.revokeToken(token.split('_')[1] ?? '')).ok;
}
