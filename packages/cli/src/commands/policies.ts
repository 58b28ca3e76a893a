import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { readAll } from '../context/read-all.ts';
import { readText } from '../context/read-text.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { policyLines } from '../output/policy-lines.ts';
import { refusedByApi } from '../refused.ts';
import { addPolicies } from './policies/add-policies.ts';
import { testPolicies } from './policies/test-policies.ts';

/** `sluice policies`: rules in CEL that releases have to keep to. */
export const policies: DefineCommand = (command, run) => {
  command
    .description(
      'Shows, adds, removes and tries rules that every release has to keep to, written in CEL: files of ' +
        'ValidatingAdmissionPolicy as Kubernetes has them, or ReleasePolicy, which is shorter. A release that a policy ' +
        'denies is refused before anything is changed.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice policies add --starter --action warn\n' +
        '  $ sluice policies test -f sluice.yaml\n  $ sluice policies add no-root.yaml --env production',
    );
  command
    .command('list')
    .summary('list the policies in force')
    .description('Lists the policies in force, where they hold and what they do.')
    .addHelpText('after', '\nExample:\n  $ sluice policies list')
    .action(() => run(list));
  addPolicies(command.command('add').summary('add the policies of a file, or new versions of them'), run);
  command
    .command('remove')
    .summary('take a policy out of force')
    .description(
      'Takes a policy out of force. Its versions are kept, because outcomes of releases name them.',
    )
    .argument('<policy>', 'name of the policy')
    .addHelpText('after', '\nExample:\n  $ sluice policies remove starter.no-root')
    .action((name: string) => run((context) => remove(context, name)));
  command
    .command('check')
    .summary('say what is wrong with a file of policies')
    .description('Reads a file of policies, checks the types of its expressions, and changes nothing.')
    .argument('<file>', 'YAML file with policies; - for standard input')
    .addHelpText('after', '\nExample:\n  $ sluice policies check no-root.yaml')
    .action((file: string) => run((context) => check(context, file)));
  testPolicies(command.command('test').summary('ask policies about a release or about objects'), run);
};

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.policies(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(policyLines(all.value));
  return EXIT.ok;
}

async function remove(context: CommandContext, name: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `take the policy ${name} out of force`);
  const api = await context.api();
  const reply = await api.removePolicy(name, context.world.userName);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} No release is asked about ${name} any more.`);
  return EXIT.ok;
}

async function check(context: CommandContext, file: string): Promise<ExitCode> {
  const text = await readText(context, file);
  if (!text.ok) return context.refuse(text.refused);
  const api = await context.api();
  const reply = await api.checkPolicies(text.value, file);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { ok, policies: names, notes, faults } = reply.value;
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else
    context.print([
      ...names.map((name) => `${paint('good', symbols.done)} ${name}`),
      ...notes,
      ...faults.map(
        ({ line, path, message }) => `${paint('bad', symbols.failed)} ${file}:${line}: ${path}: ${message}`,
      ),
    ]);
  return ok ? EXIT.ok : EXIT.refusedInput;
}
