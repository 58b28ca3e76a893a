import type { AgentInput } from '@sluice/protocol/http/registered-agents.ts';
import type { Command } from 'commander';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { readAll } from '../../context/read-all.ts';
import { readTaskInput } from '../../context/task-input.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { isAgentId, noAgentId } from '../../context/agent-id.ts';
import { registeredAgentLines } from '../../output/registered-agent-lines.ts';
import { type Outcome, refusal, refusedByApi } from '../../refused.ts';

interface SaidOptions {
  readonly name?: string;
  readonly category?: string;
  readonly capabilities?: readonly string[];
  readonly configuration?: string;
}

const withSaid = (command: Command): Command =>
  command
    .argument('<agent>', 'application/environment/component')
    .option('--name <text>', 'name, for people')
    .option('--category <text>', 'category, for people')
    .option('--capabilities <list>', 'what its workers can do: a,b', (text: string) =>
      text === '' ? [] : text.split(','),
    )
    .option('--configuration <json>', 'a JSON object: JSON, @file, or - for standard input');

/** `sluice agents register`: an agent whose workers connect by themselves. */
export const registerAgent: DefineCommand = (command, run) => {
  withSaid(
    command.description(
      'Registers an agent whose workers run elsewhere and connect by themselves, as its revision `registered`. It gets a ' +
        'queue of its own. No component of agents can be released under its id while it is registered.',
    ),
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice agents register shop/production/research --category support --capabilities search,translate',
    )
    .action((id: string, options: SaidOptions) => run((context) => register(context, id, options)));
};

/** `sluice agents update`: changes what is said of a registered agent. */
export const updateAgent: DefineCommand = (command, run) => {
  withSaid(
    command.description(
      'Changes what is said of a registered agent; what no option names stays. Its tasks and workers go on.',
    ),
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice agents update shop/production/research --capabilities search,translate,summarize',
    )
    .action((id: string, options: SaidOptions) => run((context) => update(context, id, options)));
};

async function register(context: CommandContext, id: string, options: SaidOptions): Promise<ExitCode> {
  if (!isAgentId(id)) return context.refuse(noAgentId(id).refused);
  const said = await saidBy(context, options);
  if (!said.ok) return context.refuse(said.refused);
  if (context.dryRun) return wouldBe(context, `register the agent ${id}`);
  const api = await context.api();
  const name = id.split('/').at(-1) ?? '';
  const reply = await api.registerAgent({ name, ...said.value, id });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else {
    const { paint, symbols } = context.style;
    context.print([
      `${paint('good', symbols.done)} The agent ${reply.value.id} is registered.`,
      `Its workers connect to ${api.baseUrl} as agent ${reply.value.id}, revision registered, with a token in`,
      'SLUICE_TOKEN_FILE: `sluice token create NAME --role worker`.',
    ]);
  }
  return EXIT.ok;
}

async function update(context: CommandContext, id: string, options: SaidOptions): Promise<ExitCode> {
  if (!isAgentId(id)) return context.refuse(noAgentId(id).refused);
  const said = await saidBy(context, options);
  if (!said.ok) return context.refuse(said.refused);
  if (Object.keys(said.value).length === 0) return context.refuse(NOTHING.refused);
  if (context.dryRun) return wouldBe(context, `change what is said of the agent ${id}`);
  const all = await readAll(context, (from, page) => from.registeredAgents(page));
  if (!all.ok) return context.refuse(all.refused);
  const { name, category, capabilities, configuration } = all.value.find((one) => one.id === id) ?? {};
  const before = name === undefined ? {} : { name, category, capabilities, configuration };
  const api = await context.api();
  // The server refuses what is not registered, and says why.
  const reply = await api.updateAgent(id, { ...before, ...said.value });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(registeredAgentLines([reply.value], context.space()));
  return EXIT.ok;
}

async function saidBy({ world }: CommandContext, options: SaidOptions): Promise<Outcome<AgentInput>> {
  const { name, category, capabilities, configuration } = options;
  const read = configuration === undefined ? null : await readTaskInput(world, configuration);
  if (read !== null && !read.ok) {
    const { refused } = read;
    return {
      ok: false,
      refused: { ...refused, detail: named(refused.detail), remedy: named(refused.remedy) },
    };
  }
  const given = read?.value;
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (read !== null && !isObject) return NO_OBJECT;
  return {
    ok: true,
    value: {
      ...(name !== undefined && { name }),
      ...(category !== undefined && { category }),
      ...(capabilities !== undefined && { capabilities: [...capabilities] }),
      ...(isObject && { configuration: { ...given } }),
    },
  };
}

const named = (text: string): string => text.replaceAll('--input', '--configuration');

const NO_OBJECT = refusal(EXIT.refusedInput, 'invalid-configuration', {
  detail: '--configuration is no JSON object.',
  remedy: 'Write for example --configuration \'{"model":"small"}\', or --configuration @file.json.',
});

const NOTHING = refusal(EXIT.refusedInput, 'nothing-to-change', {
  detail: 'It is not said what is to change.',
  remedy: 'Give one of --name, --category, --capabilities and --configuration.',
});
