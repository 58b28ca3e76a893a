import { randomUUID } from 'node:crypto';
import type { NewTaskInput } from '@sluice/protocol/http/client.ts';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { readDuration } from '../../context/duration-option.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { type TargetOptions, findTaskTrack, withTarget } from '../../context/target.ts';
import { readTaskInput } from '../../context/task-input.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { changePrinter, watchTask } from '../../follow/watch-task.ts';
import { taskLines } from '../../output/task-lines.ts';
import { type Outcome, refusedByApi } from '../../refused.ts';

const words = (text: string): readonly string[] => text.split(',');

interface SubmitOptions extends TargetOptions {
  readonly input?: string;
  readonly session?: string;
  readonly priority?: number;
  readonly key?: string;
  readonly fairness?: string;
  readonly delay?: string;
  readonly deadline?: string;
  readonly needs?: readonly string[];
  readonly require?: readonly string[];
  readonly prefer?: readonly string[];
  readonly avoid?: readonly string[];
  readonly apartFrom?: string;
  readonly wait?: boolean;
  readonly timeout: string;
}

/** `sluice tasks submit`: one task for a component of agents. */
export const submitTask: DefineCommand = (command, run) => {
  withTarget(
    command.description(
      'Submits a task to a component of agents and prints its id. With --wait it goes on until the task has ended, ' +
        'and ends with 1 when that did not go well.',
    ),
  )
    .option('-i, --input <json>', 'what the worker is given: JSON, @file, or - for standard input')
    .option('-s, --session <name>', 'tasks of one session stay on one revision')
    .option('-p, --priority <number>', '0 to 9, 5 is usual', wholeNumber(0, 9))
    .option('-k, --key <text>', 'a second task with the same key is answered with the first')
    .option('--fairness <key>', 'whose share of the workers it counts against')
    .option('--delay <duration>', 'do not begin before this time has passed')
    .option('--deadline <duration>', 'of no use when this time has passed')
    .option('--needs <list>', 'what a worker must be able to do: a,b', words)
    .option('--require <labels>', 'only workers with these labels: zone=eu,disk=ssd', words)
    .option('--prefer <labels>', 'workers with these labels, while one has room', words)
    .option('--avoid <labels>', 'not workers with one of these labels, while another has room', words)
    .option('--apart-from <id>', 'not the worker that had this task last')
    .option('-w, --wait', 'wait until it has ended')
    .option('--timeout <duration>', 'longest wait', '30m')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice tasks submit shop/production/triage --input \'{"text":"hello"}\'\n' +
        '  $ sluice tasks submit -c triage --input @mail.json --session mail-17 --wait\n' +
        '  $ cat mail.json | sluice tasks submit -c triage --input - --delay 5m --deadline 1h --needs search,mail',
    )
    .action((target: string | undefined, options: SubmitOptions) =>
      run((context) => submit(context, target, options)),
    );
};

async function submit(
  context: CommandContext,
  target: string | undefined,
  options: SubmitOptions,
): Promise<ExitCode> {
  const timeout = readDuration(options.timeout, '--timeout');
  if (!timeout.ok) return context.refuse(timeout.refused);
  const task = await taskOf(context, options);
  if (!task.ok) return context.refuse(task.refused);
  const found = await findTaskTrack(context, target, options);
  if (!found.ok) return context.refuse(found.refused);
  const track = found.value.id;
  if (context.dryRun) return wouldBe(context, `submit a task to ${track}`);
  const api = await context.api();
  const reply = await api.submitTasks(track, [task.value], {
    idempotencyKey: randomUUID(),
    by: context.world.userName,
  });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const [taken] = reply.value.tasks;
  if (options.wait && taken) return wait(context, taken.id, timeout.value);
  if (context.json) context.printJson(reply.value);
  else context.print(reply.value.tasks.map(({ id }) => id));
  if (taken?.isNew === false) context.note(`A task with the key ${options.key} was there already.`);
  return EXIT.ok;
}

/** The last document, or the last lines, say how it ended. */
async function wait(context: CommandContext, id: string, timeoutMs: number): Promise<ExitCode> {
  if (!context.json) context.print(id);
  const show = context.json ? () => {} : changePrinter(context);
  const watched = await watchTask(context, id, { timeoutMs, show });
  if (!watched.ok) return context.refuse(watched.refused);
  const { task, exitCode } = watched;
  if (context.json) context.printJson(task);
  else if (task.endedAt !== null) context.print(['', ...taskLines(task, context.space())]);
  return exitCode;
}

async function taskOf(context: CommandContext, options: SubmitOptions): Promise<Outcome<NewTaskInput>> {
  const { session, priority, key, fairness, needs } = options;
  const input = await readTaskInput(context.world, options.input ?? 'null');
  if (!input.ok) return input;
  const now = context.world.now();
  const dueAt = momentOf(options.delay, '--delay', now);
  if (!dueAt.ok) return dueAt;
  const deadlineAt = momentOf(options.deadline, '--deadline', now);
  if (!deadlineAt.ok) return deadlineAt;
  return {
    ok: true,
    value: {
      input: input.value,
      ...(session !== undefined && { session }),
      ...(priority !== undefined && { priority }),
      ...(key !== undefined && { idempotencyKey: key }),
      ...(fairness !== undefined && { fairnessKey: fairness }),
      ...(needs !== undefined && { capabilities: [...needs] }),
      ...affinityOf(options),
      ...dueAt.value,
      ...deadlineAt.value,
    },
  };
}

/** Which workers it is for; nothing where nothing was said. */
function affinityOf({ require, prefer, avoid, apartFrom }: SubmitOptions): Pick<NewTaskInput, 'affinity'> {
  if ([require, prefer, avoid, apartFrom].every((said) => said === undefined)) return {};
  const [required, preferred, avoided] = [require, prefer, avoid].map((labels) => [...(labels ?? [])]);
  return {
    affinity: {
      ...{ require: required ?? [], prefer: preferred ?? [], avoid: avoided ?? [] },
      ...(apartFrom !== undefined && { apartFrom }),
    },
  };
}

/** The moment that a duration from now is, under the name of its option; nothing without one. */
function momentOf(
  text: string | undefined,
  option: '--delay' | '--deadline',
  now: number,
): Outcome<Pick<NewTaskInput, 'dueAt' | 'deadlineAt'>> {
  if (text === undefined) return { ok: true, value: {} };
  const read = readDuration(text, option);
  if (!read.ok) return read;
  const at = now + read.value;
  return { ok: true, value: option === '--delay' ? { dueAt: at } : { deadlineAt: at } };
}
