import type { CommandContext, DefineCommand } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refusal, refusedByApi } from '../refused.ts';
import { showInBrowser } from './dashboard/show-in-browser.ts';

interface DashboardOptions {
  readonly print?: boolean;
}

/** `sluice dashboard`: the dashboard is opened by whoever the command line is signed in as. */
export const dashboard: DefineCommand = (command, run) => {
  command
    .description(
      'Opens the dashboard in a browser, signed in as you are at the command line until the tab is closed: with the token of ' +
        'SLUICE_TOKEN, else that of `sluice login`, else the one in the directory of `sluice up`. Who has none is asked to sign in ' +
        'there. The link lets in whoever has it: it is shown with --print alone, and stands in no list of processes.',
    )
    .argument('[page]', 'what is opened, as it stands in the address: /audit, /rollouts/ID (default: /)')
    .option('--print', 'print the link, and open nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice dashboard\n  $ sluice dashboard /rollouts --api https://sluice.example.com\n  $ sluice dashboard --print',
    )
    .action((page: string | undefined, options: DashboardOptions) =>
      run((context) => openDashboard(context, page ?? '/', options)),
    );
};

async function openDashboard(
  context: CommandContext,
  page: string,
  { print }: DashboardOptions,
): Promise<ExitCode> {
  const { baseUrl, token } = await context.connection();
  const link = linkTo(page, baseUrl, token);
  if (link === null) return context.refuse(noPage(page).refused);
  const known = await (await context.api()).whoami();
  // Who shows nothing is asked to sign in by the page; what is shown has to be good.
  const isStranger = token === undefined && known.ok === false && known.failure.kind === 'refused';
  if (!known.ok && !isStranger) return context.refuse(refusedByApi(known.failure, baseUrl));
  const address = new URL(page, baseUrl).href;
  if (print || context.json) {
    if (context.json) context.printJson({ link, address, subject: known.ok ? known.value.subject : null });
    else context.print(link);
    return EXIT.ok;
  }
  const trouble = await showInBrowser(link, context.world.environment);
  if (trouble !== null) return context.refuse(notShown(address, trouble).refused);
  const as = known.ok ? ` as ${known.value.subject}` : '';
  context.print(`${context.style.paint('good', context.style.symbols.done)} Opened ${address}${as}.`);
  return EXIT.ok;
}

/** What lets a browser in stands behind `#`, which no browser sends to anybody; null where there can be no such page. */
function linkTo(page: string, baseUrl: string, token: string | undefined): string | null {
  if (!/^\/(?!\/)[^#\\\s]*$/.test(page)) return null;
  const url = new URL(page, baseUrl);
  if (token !== undefined) url.hash = `token=${token}`;
  return url.href;
}

const noPage = (page: string) =>
  refusal(EXIT.refusedInput, 'no-such-page', {
    detail: `"${page}" is no page of the dashboard.`,
    remedy:
      'Write what stands behind the address of the control plane: `/rollouts`, `/audit?actor=person:ada`.',
  });

const notShown = (address: string, trouble: string) =>
  refusal(EXIT.failed, 'no-browser', {
    detail: `No browser of this machine has opened ${address}: ${trouble}.`,
    remedy: 'Open the link of `sluice dashboard --print` yourself, or name a browser in BROWSER.',
  });
