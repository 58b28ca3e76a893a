import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';
import { wordsOf } from './task-error.ts';
import type { AttemptName } from './work-requests.ts';

/** What happens to a worker beside its work, for its log. */
export type WorkerReport =
  | { readonly kind: 'welcomed'; readonly leaseMs: number }
  | { readonly kind: 'session-lost'; readonly error: unknown; readonly retryMs: number }
  /** An attempt failed; the server was told. */
  | (AttemptName & {
      readonly kind: 'task-failed';
      readonly failureClass: FailureClass;
      readonly error: unknown;
    })
  /** Something was thrown after the attempt, or the call of a tool, had been given up. */
  | (AttemptName & { readonly kind: 'thrown-late'; readonly error: unknown })
  | (AttemptName & { readonly kind: 'tool-late'; readonly tool: string; readonly error: unknown })
  /** The handler goes on although its signal was aborted; nobody waits for it any more. */
  | (AttemptName & { readonly kind: 'left-behind' })
  /** The lease was lost before the end was told; or it was told twice, because the session broke in between. */
  | (AttemptName & { readonly kind: 'uncounted' })
  | { readonly kind: 'news-left-out'; readonly count: number }
  /** Something did not let the process breathe for so long; leases may have been lost. */
  | { readonly kind: 'held-up'; readonly heldUpMs: number }
  | { readonly kind: 'port-failed'; readonly error: unknown }
  | { readonly kind: 'draining' }
  /** It joined, and what it was given is good until then; milliseconds since the epoch. */
  | { readonly kind: 'joined'; readonly identity: string; readonly expiresAt: number }
  | { readonly kind: 'renewed'; readonly expiresAt: number }
  /** What it has goes on until it ends; it tries again. */
  | { readonly kind: 'renewal-failed'; readonly error: unknown; readonly retryMs: number }
  /** Its file could not be written: when it starts again it has to join again. */
  | { readonly kind: 'identity-unkept'; readonly error: unknown }
  /** The ledger is not what it was: somebody may have changed it. The server was told; the work goes on. */
  | { readonly kind: 'ledger-refused'; readonly problem: string }
  /** Its file could not be written: when it starts again it knows an earlier head of the ledger, or none. */
  | { readonly kind: 'witness-unkept'; readonly error: unknown };

/** Hears what happens beside the work. */
export type ReportSink = (report: WorkerReport) => void;

/** One line for a report, with the whole error below where there is one. */
export function reportLine(report: WorkerReport): string {
  const words = wordsFor(report);
  if (!('error' in report)) return words;
  const { error } = report;
  const isOdd =
    report.kind.endsWith('-late') || (report.kind === 'task-failed' && report.failureClass === 'crash');
  return isOdd && error instanceof Error && error.stack ? `${words}\n${error.stack}` : words;
}

/** A sink whose own failures go to the process's warnings instead of into the work. */
export const guarded =
  (sink: ReportSink): ReportSink =>
  (report) => {
    try {
      sink(report);
    } catch (thrown) {
      process.emitWarning(`a report could not be heard: ${wordsOf(thrown)} (${reportLine(report)})`);
    }
  };

/** Writes reports to the standard error output. */
export const printReport: ReportSink = (report) =>
  void process.stderr.write(`sluice worker: ${reportLine(report)}\n`);

function wordsFor(report: WorkerReport): string {
  switch (report.kind) {
    case 'welcomed':
      return `connected; a lease lasts ${report.leaseMs} ms`;
    case 'session-lost':
      return `no session: ${wordsOf(report.error)}; next try in ${Math.round(report.retryMs)} ms`;
    case 'task-failed':
      return `${attemptWords(report)} failed (${report.failureClass}): ${wordsOf(report.error)}`;
    case 'thrown-late':
      return `${attemptWords(report)} threw when nobody waited any more: ${wordsOf(report.error)}`;
    case 'tool-late':
      return `the tool ${report.tool} of ${attemptWords(report)} threw when nobody waited any more: ${wordsOf(report.error)}`;
    case 'left-behind':
      return `${attemptWords(report)} was aborted and goes on all the same`;
    case 'uncounted':
      return `the end of ${attemptWords(report)} did not count`;
    case 'news-left-out':
      return `${report.count} news were left out, because the server took none`;
    case 'held-up':
      return `the process was held up for ${Math.round(report.heldUpMs)} ms; do long computations elsewhere`;
    case 'port-failed':
      return `the port that says it is ready cannot be opened: ${wordsOf(report.error)}`;
    case 'draining':
      return 'the server asked it to finish and leave';
    case 'joined':
      return `joined as ${report.identity}; what it was given is good until ${momentWords(report.expiresAt)}`;
    case 'renewed':
      return `what lets it in was renewed, and is good until ${momentWords(report.expiresAt)}`;
    case 'renewal-failed':
      return `what lets it in was not renewed: ${wordsOf(report.error)}; next try in ${Math.round(report.retryMs)} ms`;
    case 'identity-unkept':
      return `what lets it in could not be kept, and after a start it has to join again: ${wordsOf(report.error)}`;
    case 'ledger-refused':
      return `THE LEDGER WAS TAMPERED WITH, or a file of it was: ${report.problem}. The server was told; tell whoever runs it`;
    case 'witness-unkept':
      return `the head of the ledger could not be kept: ${wordsOf(report.error)}`;
  }
}

const momentWords = (at: number): string => new Date(at).toISOString();

const attemptWords = ({ taskId, attempt }: AttemptName): string => `attempt ${attempt} at task ${taskId}`;
