import type { DefineCommand } from '../command-context.ts';
import { cancelTask } from './tasks/cancel-task.ts';
import { listTasks } from './tasks/list-tasks.ts';
import { retryTask } from './tasks/retry-task.ts';
import { scoreTask } from './tasks/score-task.ts';
import { showTask } from './tasks/show-task.ts';
import { submitTask } from './tasks/submit-task.ts';
import { followTask } from './tasks/follow-task.ts';

/** `sluice tasks`: what agents are given to do. */
export const tasks: DefineCommand = (command, run) => {
  command
    .description('Submits tasks to a component of agents, shows what came of them, and changes their course.')
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice tasks submit shop/production/triage --input \'{"text":"hello"}\' --wait\n' +
        '  $ sluice tasks list shop/production/triage --state dead\n' +
        '  $ sluice tasks retry --dead shop/production/triage',
    );
  submitTask(command.command('submit').summary('submit a task'), run);
  listTasks(command.command('list').summary('list tasks, newest first'), run);
  showTask(command.command('show').summary('show a task with its input and its result'), run);
  followTask(command.command('watch').summary('follow a task until it has ended'), run);
  cancelTask(command.command('cancel').summary('end a task for good'), run);
  scoreTask(command.command('score').summary('say how good a result was'), run);
  retryTask(command.command('retry').summary('try dead letters again'), run);
};
