import { randomUUID } from 'node:crypto';
import type { WorkflowView } from '@sluice/protocol/http/workflows.ts';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { readDuration } from '../../context/duration-option.ts';
import { readWorkflowFile } from '../../context/workflow-file.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { watchWorkflow } from '../../follow/watch-workflow.ts';
import { workflowLines } from '../../output/workflow-lines.ts';
import { refusedByApi } from '../../refused.ts';

interface SubmitOptions {
  readonly key?: string;
  readonly wait?: boolean;
  readonly timeout: string;
}

/** `sluice workflows submit`: tasks that wait for each other. */
export const submitWorkflow: DefineCommand = (command, run) => {
  command
    .description(
      'Submits a workflow and prints its id. With --wait it goes on until the workflow has ended, and ends with 1 when that ' +
        'did not go well.',
    )
    .argument('<file>', 'the workflow as JSON; - for standard input')
    .option('-k, --key <text>', 'a second workflow with the same key is answered with the first')
    .option('-w, --wait', 'wait until it has ended')
    .option('--timeout <duration>', 'longest wait', '30m')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice workflows submit digest.json --wait\n' +
        '  $ sluice workflows submit - --key monday < digest.json',
    )
    .action((file: string, options: SubmitOptions) => run((context) => submit(context, file, options)));
};

async function submit(context: CommandContext, file: string, options: SubmitOptions): Promise<ExitCode> {
  const timeout = readDuration(options.timeout, '--timeout');
  if (!timeout.ok) return context.refuse(timeout.refused);
  const read = await readWorkflowFile(context.world, file);
  if (!read.ok) return context.refuse(read.refused);
  if (context.dryRun) return wouldBe(context, `submit the workflow of ${file}`);
  const api = await context.api();
  const workflow = options.key === undefined ? read.value : { ...read.value, idempotencyKey: options.key };
  const reply = await api.submitWorkflow(workflow, { idempotencyKey: randomUUID() });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { id, isNew } = reply.value;
  if (options.wait) return wait(context, id, timeout.value);
  if (context.json) context.printJson(reply.value);
  else context.print(id);
  if (!isNew) context.note('A workflow with this key was there already.');
  return EXIT.ok;
}

/** The last document, or the last lines, say how it ended. */
async function wait(context: CommandContext, id: string, timeoutMs: number): Promise<ExitCode> {
  if (!context.json) context.print(id);
  const watched = await watchWorkflow(context, id, timeoutMs);
  if (!watched.ok) return context.refuse(watched.refused);
  const { workflow, exitCode } = watched;
  show(context, workflow);
  return exitCode;
}

const show = (context: CommandContext, workflow: WorkflowView): void =>
  context.json ? context.printJson(workflow) : context.print(workflowLines(workflow, context.space()));
