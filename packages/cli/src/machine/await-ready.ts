import { setTimeout as delay } from 'node:timers/promises';
import { healthSchema } from '@sluice/protocol/http/health.ts';
import { isRunning, type ProcessIdentity } from '@sluice/protocol/process/process-identity.ts';
import { LOOK_EVERY_MS } from './daemon.ts';

/** How a machine came out of its start; `not-ready` says what is missing, in the words of the control plane. */
export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly which: 'host' | 'control plane' }
  | { readonly kind: 'not-ready'; readonly missing: string };

/** A control plane that hangs must not be waited for without an end. */
const ANSWER_WITHIN_MS = 10_000;

/** Waits until control plane, store and host all answer, at most `withinMs`; stops waiting when one of them ends. */
export async function awaitReady(
  machine: { readonly host: ProcessIdentity; readonly server: ProcessIdentity; readonly apiPort: number },
  withinMs: number,
): Promise<Readiness> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const missing = await missingIn(`http://127.0.0.1:${machine.apiPort}/health/ready`);
    if (!isRunning(machine.server)) return { kind: 'ended', which: 'control plane' };
    if (!isRunning(machine.host)) return { kind: 'ended', which: 'host' };
    if (missing === undefined) return { kind: 'ready' };
    if (Date.now() >= deadline) return { kind: 'not-ready', missing };
    await delay(LOOK_EVERY_MS);
  }
}

/** What a control plane says is missing; undefined when it is ready. */
async function missingIn(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (answer.ok) return undefined;
    const text = await answer.text();
    return failingChecks(text) ?? `${url} answered ${answer.status}: ${text.slice(0, 500)}`;
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    return `${url} does not answer (${cause instanceof Error ? cause.message : String(cause)})`;
  }
}

function failingChecks(text: string): string | undefined {
  const parsed = healthSchema.safeParse(jsonOf(text));
  const failing = parsed.success ? parsed.data.checks.filter(({ ok }) => !ok) : [];
  return failing.length === 0
    ? undefined
    : failing.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
