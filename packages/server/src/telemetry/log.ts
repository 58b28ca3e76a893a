import { type DestinationStream, type Logger, pino } from 'pino';

/** Levels of the log, from the most to the least talkative. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** A level of the log. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where a secret may stand in what is logged; its value is replaced. */
const SECRET_PATHS = ['authorization', 'cookie', 'password', 'secret', 'token', 'DATABASE_URL'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

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
