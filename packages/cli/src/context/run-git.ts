import { execFile } from 'node:child_process';

/** Longer answers, and longer waits, are none. */
const GIT_LIMITS = { maxBuffer: 1_000_000, timeout: 5_000 };

/** Asks git something about a folder; null when there is no git, no repository, or no answer in five seconds. */
export function runGit(args: readonly string[], directory: string): Promise<string | null> {
  return new Promise((resolve) => {
    // What a repository sets for git may name programs to run; nothing of it is wanted for a question.
    const safe = ['-c', 'core.fsmonitor=false', '-c', 'log.showSignature=false', '--no-optional-locks'];
    execFile('git', [...safe, '-C', directory, ...args], GIT_LIMITS, (failure, stdout) =>
      resolve(failure ? null : stdout),
    );
  });
}
