import type { DefineCommand } from '../command-context.ts';
import { cancelWorkflow } from './workflows/cancel-workflow.ts';
import { listWorkflows } from './workflows/list-workflows.ts';
import { showWorkflow } from './workflows/show-workflow.ts';
import { submitWorkflow } from './workflows/submit-workflow.ts';

/** `sluice workflows`: tasks that wait for each other. */
export const workflows: DefineCommand = (command, run) => {
  command
    .description('Submits tasks that wait for each other, shows how far they are, and ends them.')
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice workflows submit digest.json --wait\n  $ sluice workflows list --state failed\n' +
        '  $ sluice workflows show 01936b2e-4c00-7000-8000-000000000001',
    );
  submitWorkflow(command.command('submit').summary('submit a workflow'), run);
  listWorkflows(command.command('list').summary('list workflows, newest first'), run);
  showWorkflow(command.command('show').summary('show a workflow with its tasks'), run);
  cancelWorkflow(command.command('cancel').summary('end what is open of a workflow'), run);
};
