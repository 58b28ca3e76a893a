import { write } from 'node:fs';

/** Values that may stand in a log line. Never put a process's environment or a secret's value there. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly string[]>
>;

/** Writes one structured line. The message is constant; what varies stands in the fields. */
export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: LogFields) => void;

/** Lines that wait for a reader; beyond it lines are dropped and counted. */
const WAITING_LINES = 1000;

/**
 * Writes JSON lines to a file descriptor, one object per line, without ever making the host wait or fall: whoever
 * started the host may stop reading, or be gone, while the data plane goes on. (`process.stdout` would block on a full
 * pipe.)
 */
export function jsonLog(fd: number): Log {
  const waiting: string[] = [];
  let writing = false;
  let dropped = 0;
  const next = (): void => {
    const lines = waiting.splice(0, waiting.length).join('');
    writing = lines !== '';
    if (!writing) return;
    // A reader that is gone (EPIPE) is no reason to stop; there is nobody to tell.
    write(fd, lines, () => next());
  };
  return (level, message, fields = {}) => {
    if (waiting.length >= WAITING_LINES) {
      dropped += 1;
      return;
    }
    const lost = dropped > 0 ? { droppedLines: dropped } : {};
    dropped = 0;
    waiting.push(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...fields, ...lost })}\n`);
    if (!writing) next();
  };
}
