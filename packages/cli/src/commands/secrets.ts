import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { readAll } from '../context/read-all.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { harmless } from '../output/text-width.ts';
import { refusedByApi } from '../refused.ts';
import { setSecret } from './secrets/set-secret.ts';

/** `sluice secrets`: what Sluice keeps encrypted. */
export const secrets: DefineCommand = (command, run) => {
  command
    .description(
      'Keeps secrets encrypted, lists their names and removes them. No command gives a value back. A sluice.yaml refers to ' +
        'one by its name: `secrets: { DATABASE_URL: { secret: shop-db } }`.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice secrets set shop-db < database-url\n  $ sluice secrets list\n  $ sluice secrets rotate-key',
    );
  setSecret(command.command('set').summary('keep a value, as a new version'), run);
  command
    .command('list')
    .summary('list the names of secrets')
    .description('Lists the secrets that are kept: names, versions and who set them.')
    .addHelpText('after', '\nExample:\n  $ sluice secrets list')
    .action(() => run(list));
  command
    .command('remove')
    .summary('forget a secret with all its versions')
    .description(
      'Forgets a secret with all its versions. Processes that run keep the value that they have; no new one starts without it.',
    )
    .argument('<secret>', 'name of the secret')
    .addHelpText('after', '\nExample:\n  $ sluice secrets remove shop-db')
    .action((name: string) => run((context) => remove(context, name)));
  command
    .command('rotate-key')
    .summary('seal all secrets with a new key')
    .description(
      'Makes a new key and wraps the data keys of all secrets with it, while everything goes on. The earlier key stays in the ' +
        'file of keys of the control plane until a person removes its line.',
    )
    .option('--keep', 'make no key; take the first one of the file, which a person has put there')
    .addHelpText('after', '\nExample:\n  $ sluice secrets rotate-key')
    .action((options: { readonly keep?: boolean }) =>
      run((context) => rotate(context, options.keep !== true)),
    );
};

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.secrets(page));
  if (!all.ok) return context.refuse(all.refused);
  const rows = all.value.map(({ name, version, changedAt, changedBy, keyId }) =>
    [name, String(version), new Date(changedAt).toISOString(), changedBy, keyId].map(harmless),
  );
  const titles = ['SECRET', 'VERSION', 'SET AT', 'BY', 'KEY'];
  if (context.json) context.printJson({ items: all.value });
  else
    context.print([
      ...table(
        titles.map((title) => ({ title })),
        rows,
      ),
      ...(rows.length === 0 ? ['None is kept; `sluice secrets set NAME` keeps one.'] : []),
    ]);
  return EXIT.ok;
}

async function remove(context: CommandContext, name: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `forget the secret ${name}`);
  const api = await context.api();
  const reply = await api.removeSecret(name, context.world.userName);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else
    context.print(`${paint('good', symbols.done)} The secret ${name} is forgotten, with all its versions.`);
  return EXIT.ok;
}

async function rotate(context: CommandContext, renew: boolean): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, 'wrap the data keys of all secrets with a new key');
  const api = await context.api();
  const reply = await api.rotateSecretsKey({ renew, by: context.world.userName });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { keyId, rewrapped } = reply.value;
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else
    context.print(
      `${paint('good', symbols.done)} ${rewrapped} data keys were wrapped with the key ${keyId}.`,
    );
  return EXIT.ok;
}
