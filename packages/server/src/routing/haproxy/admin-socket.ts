import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** HAProxy answers within a millisecond; one that is stopped (SIGSTOP) never does. */
const REPLY_DEADLINE_MS = 5_000;
/** HAProxy reads a command into one buffer of 16,384 bytes, and needs a little of it for itself. */
export const LONGEST_COMMAND = 15_000;

/** The admin socket of a running HAProxy (management guide, chapter 9.3). */
export interface AdminSocket {
  /** Sends one command and returns the answer, without empty lines at its end. */
  ask(command: string): Promise<string>;
  /** A connection that stays open while the process lives; its `close` event tells the end. */
  watch(): Promise<Socket>;
}

/** Nothing is connected before the first command; each has a connection of its own. */
export const adminSocket = (path: string): AdminSocket => ({
  ask: (command) => ask(path, command),
  watch: async () => {
    const socket = connect(path);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('prompt\n');
    socket.resume();
    return socket;
  },
});

async function ask(path: string, command: string): Promise<string> {
  if (command.length > LONGEST_COMMAND || command.includes('\n')) throw tooLong(command);
  const signal = AbortSignal.timeout(REPLY_DEADLINE_MS);
  try {
    const socket = connect({ path, signal });
    socket.end(`${command}\n`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8').trimEnd();
  } catch (thrown) {
    const reason = signal.aborted ? `no answer within ${REPLY_DEADLINE_MS} ms` : String(thrown);
    throw new SluiceError(
      'unreachable',
      `HAProxy could not be asked to "${command.slice(0, 100)}": ${reason}`,
      {
        next: 'retry',
        cause: thrown,
      },
    );
  }
}

const tooLong = (command: string): SluiceError =>
  new SluiceError(
    'unsupported',
    `HAProxy takes commands of at most ${LONGEST_COMMAND} characters, and this one has ${command.length}: ` +
      `"${command.slice(0, 60)}…". Match fewer or shorter values.`,
    { next: 'ask-human' },
  );
