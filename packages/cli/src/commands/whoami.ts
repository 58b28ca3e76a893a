import type { DefineCommand } from '../command-context.ts';
import { askApi } from '../context/ask-api.ts';
import { whoamiLines } from '../output/access-lines.ts';

/** `sluice whoami`: who asks, as the control plane knows them. */
export const whoami: DefineCommand = (command, run) => {
  command
    .description(
      'Says as whom the control plane knows you, and with which roles. What is shown to it is the token of SLUICE_TOKEN, else ' +
        'that of `sluice login`, else the one in the directory of `sluice up`.',
    )
    .addHelpText('after', '\nExample:\n  $ sluice whoami')
    .action(() => run((context) => askApi(context, (api) => api.whoami(), whoamiLines)));
};
