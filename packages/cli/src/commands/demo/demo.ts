import type { CommandContext } from '../../command-context.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { lookShow } from '../../follow/show-looks.ts';
import { aligned } from '../../output/table.ts';
import { widthOf, wrap } from '../../output/text-width.ts';
import { countWords } from '../../output/words.ts';
import { isAsItShouldBe, type DemoOutcome, type DemoRollout } from './demo-outcome.ts';
import { runDemo, type DemoAudience } from './run-demo.ts';

/**
 * Runs the demonstration. With `once` it ends after the summary; with `--json` one JSON object is the last line of
 * stdout, and remarks go to stderr.
 */
export async function demo(context: CommandContext, { once }: { readonly once: boolean }): Promise<ExitCode> {
  const { interrupted } = context.world;
  const stay = async (): Promise<void> => {
    if (!once) await untilAborted(interrupted);
  };
  const audience = audienceOf(context, once);
  try {
    const outcome = await runDemo(audience, { signal: interrupted, stay });
    if (context.json) context.printJson(outcome);
    return isAsItShouldBe(outcome) ? EXIT.ok : EXIT.failed;
  } catch (thrown) {
    if (interrupted.aborted) return EXIT.interrupted;
    throw thrown;
  } finally {
    audience.leave();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    // A pending promise alone does not keep a process alive.
    const alive = setInterval(() => undefined, 60_000);
    const end = (): void => {
      clearInterval(alive);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}

function audienceOf(context: CommandContext, once: boolean): DemoAudience & { leave(): void } {
  const show = lookShow(context);
  const tell = (lines: readonly string[]): void => {
    if (context.json) for (const line of lines) context.note(line);
    else show.remark(lines);
  };
  return {
    note: (words) => tell([context.style.paint('strong', `${context.style.symbols.present} ${words}`)]),
    show: (track) => show.show({ tracks: [track], trouble: null }),
    ended: (outcome, machine) => {
      const stays = `The shop stays up at http://127.0.0.1:${machine.routerPort}; Ctrl-C ends everything.`;
      const { columns } = context.space();
      tell([
        '',
        ...summaryLines(outcome).flatMap((line) => broken(line, columns)),
        ...(once ? [] : ['', stays]),
      ]);
    },
    leave: () => show.end(),
  };
}

/** A line that is wider than the terminal, broken at spaces; rows of a table that fit keep theirs. */
const broken = (line: string, columns: number): readonly string[] =>
  widthOf(line) <= columns ? [line] : wrap(line, columns);

function rolloutLines(rollouts: readonly DemoRollout[], unit: string): readonly string[] {
  const rows = rollouts.map((rollout) => [
    rollout.version,
    rollout.outcome.replace('-', ' '),
    `verdict after ${rollout.secondsToVerdict} s`,
    countWords(rollout.candidateRequests, unit),
    `${rollout.candidateFailures} failed`,
  ]);
  return aligned([{}, {}, {}, { align: 'right' }, { align: 'right' }], rows);
}

/** The summary at the end. */
export function summaryLines(outcome: DemoOutcome): readonly string[] {
  const harmed = outcome.rollouts.reduce((sum, { requestsHarmed }) => sum + requestsHarmed, 0);
  const { agents } = outcome;
  return [
    ...rolloutLines(outcome.rollouts, 'request'),
    `${countWords(outcome.requests, 'request')} in all: ${harmed} were failed by the release that was taken back, ${outcome.failedOutsideCandidate} by anything else.`,
    '',
    ...rolloutLines(agents.rollouts, 'attempt'),
    `${countWords(agents.tasks, 'task')} in all: ${agents.tasks - agents.dead - agents.open} done, ${agents.dead} failed for good, ${agents.open} lost.`,
  ];
}
