import { resolve } from 'node:path';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { credentialsFile, readAuthority, writeCredential } from '../context/credentials.ts';
import { readPem, trust } from '../context/trust-authority.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Outcome, refusal, refusedByApi } from '../refused.ts';
import { loginByBrowser } from './login/login-by-browser.ts';
import { loginAsWorkload } from './login/login-as-workload.ts';

/** How one signs in. */
export interface LoginOptions {
  readonly token?: boolean;
  readonly workload?: boolean;
  readonly browser: boolean;
  readonly audience: string;
  readonly organisation: string;
  readonly trust?: string;
  readonly ca?: string;
}

/** `sluice login`: the command line is signed in at a control plane. */
export const login: DefineCommand = (command, run) => {
  command
    .description(
      'Signs the command line in. By default a browser is opened, in which you sign in and allow it; what comes back is a token ' +
        'of your own for 30 days, which always has the roles that you have then. It is kept for this user alone in ' +
        '`$XDG_CONFIG_HOME/sluice/credentials.json`, by the address of the control plane.',
    )
    .option('--token', 'read a token from the standard input instead')
    .option('--workload', 'show the ID token that GitHub or GitLab gives this job instead')
    .option('--no-browser', 'only print the address that is to be opened')
    .option('--audience <text>', 'with --workload on GitHub: for whom the ID token is', 'sluice')
    .option('--organisation <name>', 'with --workload: whose control plane it is', 'default')
    .option('--trust <name>', 'with --workload: which trust is meant (default: the first that fits)')
    .option('--ca <file>', 'PEM of the authority that its certificate is of; kept for this address')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice login --api https://sluice.example.com\n  $ sluice login --token < token.txt\n' +
        '  $ sluice login --workload',
    )
    .action((options: LoginOptions) => run((context) => signIn(context, options)));
};

async function signIn(context: CommandContext, options: LoginOptions): Promise<ExitCode> {
  const { baseUrl } = await context.api();
  const { environment, workingDirectory } = context.world;
  const ca = options.ca ? await readPem(resolve(workingDirectory, options.ca), '--ca') : undefined;
  if (ca !== undefined) trust(ca);
  const way = options.token ? loginByToken : options.workload ? loginAsWorkload : loginByBrowser;
  const token = await way(context, baseUrl, options);
  if (!token.ok) return context.refuse(token.refused);
  const known = await whoIs(baseUrl, token.value);
  if (!known.ok) return context.refuse(known.refused);
  const authority = ca ?? (await readAuthority(environment, baseUrl));
  const credential = { token: token.value, ...(authority !== undefined && { ca: authority }) };
  await writeCredential(environment, baseUrl, credential);
  const { subject, roles } = known.value;
  if (context.json) context.printJson({ subject, address: baseUrl });
  else {
    const { paint, symbols } = context.style;
    context.print(`${paint('good', symbols.done)} Signed in at ${baseUrl} as ${subject}.`);
    if (roles.length === 0) context.note('You have no role yet: ask an administrator for one.');
    if (context.world.environment['SLUICE_TOKEN'])
      context.note('SLUICE_TOKEN is set, and goes before what was kept now.');
    context.note(`Kept in ${credentialsFile(context.world.environment)}.`);
  }
  return EXIT.ok;
}

/** Whom a token is of, as the control plane says. */
async function whoIs(baseUrl: string, token: string) {
  const { apiClient } = await import('@sluice/protocol/http/client.ts');
  const reply = await apiClient({ baseUrl, token }).whoami();
  return reply.ok
    ? { ok: true as const, value: reply.value }
    : { ok: false as const, refused: refusedByApi(reply.failure, baseUrl) };
}

async function loginByToken({ world }: CommandContext): Promise<Outcome<string>> {
  const token = (await world.readStandardInput()).trim();
  if (/^slu_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/.test(token)) return { ok: true, value: token };
  return refusal(EXIT.refusedInput, 'no-token', {
    detail: 'What was read is no token of Sluice.',
    remedy: 'Give one that `sluice token create` has printed: `sluice login --token < FILE`.',
  });
}
