import type { LineSink } from '@sluice/protocol/process/line-sink.ts';

/** Values that may stand in a log line. Never put a process's environment or a secret's value there. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly string[]>
>;

/** Writes one structured line. The message is constant; what varies stands in the fields. */
export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: LogFields) => void;

/** Logs JSON objects, one a line, to a sink that neither blocks nor fails: the data plane goes on whatever the disk does. */
export const jsonLog =
  (sink: LineSink): Log =>
  (level, message, fields = {}) =>
    sink.write(jsonLine(level, message, fields));

/** The line that says how many lines of the log were lost, and why. */
export const lostLogLines = (lines: number, reason: string): string =>
  jsonLine('warn', 'log lines were lost', { lines, reason });

const jsonLine = (level: string, message: string, fields: LogFields): string =>
  `${JSON.stringify({ at: new Date().toISOString(), level, message, ...fields })}\n`;
