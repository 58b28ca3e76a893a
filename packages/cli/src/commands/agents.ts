import type { WorkerView } from '@sluice/protocol/http/queues.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { readAll } from '../context/read-all.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { harmless } from '../output/text-width.ts';
import { registeredAgentLines } from '../output/registered-agent-lines.ts';
import { workerDetailLines, workerLines } from '../output/worker-lines.ts';
import { type Outcome, refusal, refusedByApi } from '../refused.ts';
import { registerAgent, updateAgent } from './agents/register-agent.ts';
import { removeAgent } from './agents/remove-agent.ts';

/** `sluice agents`: the workers that are connected, and agents that no release delivers. */
export const agents: DefineCommand = (command, run) => {
  command
    .description(
      'Lists the workers that are connected to the server that answers, shows one with the tasks that it has, and asks one ' +
        'to finish what it has and leave. Registers agents whose workers run elsewhere.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice agents list\n  $ sluice agents drain triage-7f3a\n' +
        '  $ sluice agents register shop/production/research',
    );
  command
    .command('list')
    .summary('list the connected workers')
    .description('Lists the workers that are connected to the server that answers.')
    .addHelpText('after', '\nExample:\n  $ sluice agents list')
    .action(() => run(list));
  command
    .command('show')
    .summary('show a worker and the tasks that it has')
    .description('Shows a connected worker and the tasks that it has.')
    .argument('<worker>', 'name of the worker')
    .addHelpText('after', '\nExample:\n  $ sluice agents show triage-7f3a')
    .action((name: string) => run((context) => show(context, name)));
  command
    .command('drain')
    .summary('ask a worker to leave')
    .description('Asks a connected worker to finish what it has, take nothing more and leave.')
    .argument('<worker>', 'name of the worker')
    .addHelpText('after', '\nExample:\n  $ sluice agents drain triage-7f3a')
    .action((name: string) => run((context) => drain(context, name)));
  command
    .command('registered')
    .summary('list the agents that no release delivers')
    .description(
      'Lists the agents that no release delivers, and whether a worker is connected to the server that answers.',
    )
    .addHelpText('after', '\nExample:\n  $ sluice agents registered')
    .action(() => run(listRegistered));
  registerAgent(command.command('register').summary('register an agent whose workers run elsewhere'), run);
  updateAgent(command.command('update').summary('change what is said of a registered agent'), run);
  removeAgent(command.command('remove').summary('forget a registered agent'), run);
};

async function listRegistered(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.registeredAgents(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(registeredAgentLines(all.value, context.space()));
  return EXIT.ok;
}

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.agents(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(workerLines(all.value, context.space()));
  return EXIT.ok;
}

async function show(context: CommandContext, name: string): Promise<ExitCode> {
  const worker = await workerNamed(context, name);
  if (!worker.ok) return context.refuse(worker.refused);
  const { track } = worker.value;
  const running = await readAll(context, (api, page) => api.tasks(track, { state: 'running', ...page }));
  if (!running.ok) return context.refuse(running.refused);
  const own = running.value.filter((task) => task.worker === name);
  if (context.json) context.printJson({ ...worker.value, tasks: own });
  else context.print(workerDetailLines(worker.value, own, context.space()));
  return EXIT.ok;
}

async function workerNamed(context: CommandContext, name: string): Promise<Outcome<WorkerView>> {
  const all = await readAll(context, (api, page) => api.agents(page));
  if (!all.ok) return all;
  const worker = all.value.find((one) => one.worker === name);
  if (worker) return { ok: true, value: worker };
  return refusal(EXIT.refusedByState, 'no-such-worker', {
    detail: `No worker ${name} is connected to this server.`,
    remedy: '`sluice agents list` shows those that are.',
  });
}

async function drain(context: CommandContext, name: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `ask the worker ${name} to leave`);
  const api = await context.api();
  const reply = await api.drainAgent(name, { by: context.world.userName });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  const has = reply.value.running === 0 ? '' : `; it finishes what it has, which is ${reply.value.running}`;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} The worker ${harmless(name)} was asked to leave${has}.`);
  return EXIT.ok;
}
