import { lineSink } from '@sluice/protocol/process/line-sink.ts';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Levels of the log, from the most to the least talkative. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** A level of the log. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where a secret may stand in what is logged; its value is replaced. */
const SECRET_PATHS = ['authorization', 'cookie', 'password', 'secret', 'token', 'DATABASE_URL'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/** The log of a control plane. */
export interface ServerLog {
  readonly log: Logger;
  /** Resolves when all is written, at the latest after `withinMs`; never rejects. */
  flush(withinMs: number): Promise<void>;
}

/**
 * Opens the log of this process in a file that is kept to a limit, or on stdout where none is named. A disk that is full
 * or a reader that is gone costs lines and not the process: pino's own destination would end it.
 */
export function openLog(file: string | undefined): ServerLog {
  const sink = lineSink({ fd: 1, path: file, lossLine });
  return { log: createLog({ destination: sink }), flush: (withinMs) => sink.flush(withinMs) };
}

/** The line that says how many lines of the log were lost, and why; in the form of all others. */
function lossLine(lines: number, reason: string): string {
  let line = '';
  createLog({ destination: { write: (text) => (line = text) } }).warn(
    { lines, reason },
    'log lines were lost',
  );
  return line;
}

/**
 * Opens the log: one JSON object a line, with a constant message and everything that varies in fields.
 * Times are ISO 8601 in UTC; secrets are replaced by `[hidden]`.
 */
export function createLog(options: { level?: LogLevel; destination?: DestinationStream } = {}): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { process: 'server', pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET_PATHS, censor: '[hidden]' },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}
