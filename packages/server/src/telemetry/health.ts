import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** One thing that the control plane needs; `check` rejects, with words for a person, while it is missing. */
export interface HealthProbe {
  readonly name: string;
  check(signal: AbortSignal): Promise<void>;
}

/** What a probe found. */
export interface HealthFinding {
  readonly name: string;
  readonly ok: boolean;
  /** What is wrong; `ok` otherwise. */
  readonly detail: string;
}

/** Runs all probes at once and waits for each at most `timeoutMs`; never rejects. */
export function runProbes(
  probes: readonly HealthProbe[],
  timeoutMs: number,
): Promise<readonly HealthFinding[]> {
  return Promise.all(probes.map((probe) => runProbe(probe, timeoutMs)));
}

/** Asks once for all who want to know at the same time: anybody may ask, and each answer costs the store a question. */
export function askedTogether<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | undefined;
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return asked;
  };
}

async function runProbe({ name, check }: HealthProbe, timeoutMs: number): Promise<HealthFinding> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    await Promise.race([check(deadline), expiry(deadline, timeoutMs)]);
    return { name, ok: true, detail: 'ok' };
  } catch (thrown) {
    return { name, ok: false, detail: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function expiry(deadline: AbortSignal, timeoutMs: number): Promise<never> {
  return new Promise((_, reject) => {
    const expire = () =>
      reject(new SluiceError('timed-out', `no answer within ${timeoutMs} ms`, { next: 'retry' }));
    deadline.addEventListener('abort', expire, { once: true });
  });
}
