import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { endWords, progressLine, summaryLines } from './demo-lines.ts';
import { isAsItShouldBe } from './demo-outcome.ts';
import { runDemo, type DemoAudience } from './run-demo.ts';

/** How the demonstration is asked for. */
export interface DemoOptions {
  /** Ends after the summary, with exit code 0 only if all went as it should. */
  readonly once: boolean;
  /** Prints one JSON object on the last line of stdout; everything else goes to stderr. */
  readonly json: boolean;
}

/** Runs the demonstration and returns the exit code. */
export async function demo(options: DemoOptions): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const stay = async (): Promise<void> => {
    if (!options.once) await untilAborted(interrupted.signal);
  };
  try {
    const outcome = await runDemo(audienceOf(options), { signal: interrupted.signal, stay });
    if (options.json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
    return isAsItShouldBe(outcome) ? 0 : 1;
  } catch (thrown) {
    if (interrupted.signal.aborted) return 130;
    throw thrown;
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    // A pending promise alone does not keep a process alive.
    const alive = setInterval(() => undefined, 60_000);
    signal.addEventListener('abort', () => clearInterval(alive), { once: true });
  });
}

function audienceOf({ once, json }: DemoOptions): DemoAudience {
  const out = json ? process.stderr : process.stdout;
  const print = (words: string): void => void out.write(`${words}\n`);
  const reasons = new Map<string, string>();
  let last = '';
  return {
    note: (words) => print(`- ${words}`),
    show: (track) => {
      remember(reasons, track);
      const line = progressLine(track);
      if (line !== last) print(`  ${line}`);
      last = line;
    },
    ended: (outcome, machine) => {
      for (const line of ['', ...summaryLines(outcome, reasons), '']) print(line);
      if (!once)
        print(`The shop stays up at http://127.0.0.1:${machine.routerPort}; Ctrl-C ends everything.`);
    },
  };
}

function remember(reasons: Map<string, string>, { last }: TrackView): void {
  const ended: RolloutView | null = last;
  if (ended) reasons.set(ended.version, endWords(ended));
}
