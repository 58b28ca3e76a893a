import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { harmless } from '../output/text-width.ts';
import { refusedByApi } from '../refused.ts';

/** `sluice organisations`: tenants of one control plane, which see nothing of each other. */
export const organisations: DefineCommand = (command, run) => {
  command
    .description(
      'Lists and makes organisations. They share a control plane and see nothing of each other. Only whoever runs the ' +
        'control plane may: the organisation `default`, to which its machine belongs.',
    )
    .usage('<verb> [options]')
    .addHelpText('after', '\nExamples:\n  $ sluice organisations add acme --name "Acme Ltd"');
  command
    .command('list')
    .summary('list the organisations')
    .description('Lists the organisations of the control plane.')
    .addHelpText('after', '\nExample:\n  $ sluice organisations list')
    .action(() => run(list));
  command
    .command('add')
    .summary('make an organisation')
    .description(
      'Makes an organisation, with a first token of the role admin in it. The token is shown this once; whoever has it gives ' +
        'others roles with `sluice members` and `sluice token create`.',
    )
    .argument('<organisation>', 'name of lower-case letters, digits and "-"')
    .option('--name <text>', 'its name for people (default: the same)')
    .addHelpText('after', '\nExample:\n  $ sluice organisations add acme --name "Acme Ltd"')
    .action((tenant: string, options: { readonly name?: string }) =>
      run((context) => add(context, tenant, options.name ?? tenant)),
    );
};

async function list(context: CommandContext): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.organisations();
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { items } = reply.value;
  const rows = items.map(({ tenant, name, createdAt }) =>
    [tenant, name, new Date(createdAt).toISOString()].map(harmless),
  );
  const titles = ['ORGANISATION', 'NAME', 'MADE AT'].map((title) => ({ title }));
  if (context.json) context.printJson({ items });
  else context.print(table(titles, rows));
  return EXIT.ok;
}

async function add(context: CommandContext, tenant: string, name: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `make the organisation ${tenant}`);
  const api = await context.api();
  const reply = await api.addOrganisation({ tenant, name });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else
    context.print([
      `${paint('good', symbols.done)} The organisation ${tenant} is there. A token of the role admin in it, shown this once:`,
      '',
      reply.value.token,
      '',
      'Whoever has it sets SLUICE_TOKEN to it, or says `sluice login --token`.',
    ]);
  return EXIT.ok;
}
