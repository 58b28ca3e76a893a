/**
 * The HAProxy process of one folder. It outlives the process that started it, as the data plane must, and is adopted by the
 * next one.
 *
 * 1. At most one process serves: it binds its port alone, and it is asked before another is started.
 * 2. One with other settings is replaced without a gap: the new one takes over the listening sockets and tells the old one
 *    to finish its requests.
 * 3. While it is supervised, its end is an event (a connection to its admin socket closes) and starts the next one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { AdminSocket } from './admin-socket.ts';

/** What a process is made of. */
export interface HaproxyParts {
  readonly program: string;
  readonly configuration: string;
  readonly socket: string;
  readonly log: string;
  /** Stands in the description of a process with these very settings. */
  readonly digest: string;
  readonly admin: AdminSocket;
  /** Writes the files that a process starts from, from what holds now. */
  prepare(): Promise<void>;
  /** Called when a process that ended could not be replaced; the next attempt follows. */
  trouble(failure: SluiceError): void;
}

const START_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 10;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 10_000;

interface Running {
  readonly pid: number;
  readonly digest: string;
}

/** Starts, adopts, supervises and ends the process. */
export class HaproxyProcess {
  readonly #parts: HaproxyParts;
  readonly #closing = new AbortController();
  #watch: Socket | undefined;
  #starting: Promise<boolean> | undefined;

  constructor(parts: HaproxyParts) {
    this.#parts = parts;
  }

  /**
   * Makes sure that a process with these settings serves, and that its end will be noticed.
   * @returns true when it ran before
   * @throws SluiceError with what HAProxy said when it does not start
   */
  ensure(): Promise<boolean> {
    this.#starting ??= this.#ensure().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** The id of the process that serves; undefined when none does. */
  async pid(): Promise<number | undefined> {
    return (await this.#running())?.pid;
  }

  /** Supervises no more; the process goes on. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#starting?.catch(() => undefined);
    this.#watch?.destroy();
  }

  /** Ends the process at once, and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#closing.abort();
    await this.#starting?.catch(() => undefined);
    const running = await this.#running();
    const watch = this.#watch;
    if (running === undefined || watch === undefined || watch.destroyed) return;
    // An end without farewell is an error of the connection, and an end all the same.
    const ended = new Promise((resolve) => watch.once('close', resolve));
    process.kill(running.pid, 'SIGTERM');
    await ended;
  }

  async #ensure(): Promise<boolean> {
    const running = await this.#running();
    const adopted = running?.digest === this.#parts.digest;
    if (!adopted) {
      this.#watch?.removeAllListeners('close').destroy();
      await this.#launch(running);
    }
    await this.#supervise();
    return adopted;
  }

  async #running(): Promise<Running | undefined> {
    const shown = await this.#parts.admin.ask('show info').catch(() => undefined);
    const pid = Number(/^Pid: (\d+)$/m.exec(shown ?? '')?.[1]);
    const digest = /^description: sluice-(\w+)$/m.exec(shown ?? '')?.[1];
    return digest === undefined || !Number.isInteger(pid) ? undefined : { pid, digest };
  }

  async #launch(before: Running | undefined): Promise<void> {
    const { program, configuration, socket, log } = this.#parts;
    await this.#parts.prepare();
    const takeOver = before ? ['-x', socket, '-sf', String(before.pid)] : [];
    // Appended to by whoever writes: HAProxy, its predecessor that still ends requests, and whoever empties the file.
    await writeFile(log, '', { mode: 0o600 });
    const file = await open(log, 'a');
    try {
      const child = spawn(program, ['-db', '-f', configuration, ...takeOver], {
        cwd: '/',
        detached: true,
        stdio: ['ignore', file.fd, file.fd],
      });
      await once(child, 'spawn');
      child.unref();
      await this.#untilServing(child.pid ?? 0, () => child.exitCode !== null || child.signalCode !== null);
    } finally {
      await file.close();
    }
  }

  async #untilServing(pid: number, hasEnded: () => boolean): Promise<void> {
    const deadline = performance.now() + START_WITHIN_MS;
    while ((await this.#running())?.pid !== pid) {
      if (hasEnded()) throw await this.#didNotStart();
      if (performance.now() > deadline) {
        process.kill(pid, 'SIGKILL');
        throw await this.#didNotStart();
      }
      await wait(LOOK_EVERY_MS);
    }
  }

  async #didNotStart(): Promise<SluiceError> {
    const said = await readFile(this.#parts.log, 'utf8').catch(() => '');
    const alerts = said.split('\n').filter((line) => line.includes('[ALERT]'));
    const reason = alerts.map((line) => line.replace(/^\[ALERT\]\s*\(\d+\) : /, '')).join(' ');
    const isTaken = reason.includes('Address already in use');
    return new SluiceError(
      isTaken ? 'conflict' : 'unexpected',
      `HAProxy did not start: ${reason.slice(0, 1_000) || 'it said nothing'} (${this.#parts.log})`,
      { next: 'ask-human' },
    );
  }

  async #supervise(): Promise<void> {
    if (this.#watch && !this.#watch.destroyed) return;
    const watch = await this.#parts.admin.watch();
    this.#watch = watch;
    watch.once('close', () => void this.#revive());
  }

  /** The watch also closes when it was silent for long; then the process is found to be well. */
  async #revive(): Promise<void> {
    const { signal } = this.#closing;
    for (let retryMs = FIRST_RETRY_MS; !signal.aborted; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
      try {
        await this.ensure();
        return;
      } catch (thrown) {
        this.#parts.trouble(SluiceError.from(thrown, 'starting HAProxy again'));
        await wait(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
