import { createServer, type Server } from 'node:net';

/** Says that a worker is ready by accepting connections, and closing them at once. */
export interface ReadinessPort {
  /** Does nothing when it is open already. */
  open(): void;
  /** Resolves when it is closed. */
  close(): Promise<void>;
}

/** Where it listens. */
export interface ReadinessAddress {
  readonly port: number;
  /** All addresses when it is left out. */
  readonly host?: string | undefined;
}

/** How long it waits before it tries again to get a port that is taken, in ms. */
const AGAIN_MS = 1_000;

/** A port that is closed at first; `failed` hears each time that it cannot be opened. */
export function readinessPort(address: ReadinessAddress, failed: (error: unknown) => void): ReadinessPort {
  let server: Server | null = null;
  let again: NodeJS.Timeout | undefined;

  const open = (): void => {
    if (server !== null) return;
    const opened = createServer((socket) => {
      socket.on('error', () => undefined); // Whoever asks may go without a word.
      socket.end();
    });
    server = opened;
    opened.on('error', (error) => {
      failed(error);
      if (server !== opened) return;
      server = null;
      again = setTimeout(open, AGAIN_MS);
    });
    opened.listen(address.port, address.host);
  };
  return {
    open,
    close: async () => {
      clearTimeout(again);
      const closing = server;
      server = null;
      if (closing === null || !closing.listening) return void closing?.close();
      await new Promise((resolve) => closing.close(resolve));
    },
  };
}
