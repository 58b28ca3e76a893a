import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process that is started again after each kill. */
export class OwnProcess {
  readonly #start: () => ChildProcess;
  #child: ChildProcess;

  constructor(program: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#start = () =>
      spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, ...env },
      });
    this.#child = this.#start();
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  start(): void {
    if (!this.isRunning) this.#child = this.#start();
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }
}
