/**
 * Purpose: messages between tasks: to any task of an agent, to any that has an ability, or to one task; of a session or of any.
 *
 * Owns nothing. 1. A message is kept until somebody has acknowledged it, or it expires. 2. It is handed out at least once: what
 * is not acknowledged in time is handed out again, with the same number. 3. Only whoever has a task may send or receive for it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import type { LeaseFence } from '../store/tasks/settle-tasks.ts';
import {
  acknowledgeMessages,
  type MailAddress,
  type ReceivedMessage,
  receiveMessages,
  type SentMessage,
  sendMessage,
} from '../store/workflows/agent-messages.ts';
import { heldTask } from '../store/workflows/held-task.ts';
import { onceMore } from './once-more.ts';
import type { WorkflowPorts } from './workflow-ports.ts';
import { leaseLost } from './workflow-refusals.ts';

/** Sizes of mail. */
export const MAIL_LIMITS = {
  /** Of a body, in bytes of JSON; what is larger is passed by reference. */
  bodyBytes: 64 * 1024,
  /** Messages of one address that nobody has acknowledged. */
  open: 10_000,
  /**
   * Bodies of all messages of a tenant that nobody has acknowledged, in bytes as they are kept; looked at every few seconds, so
   * that it is no sharp bound. Addresses are as many as anybody likes.
   */
  tenantBytes: 1024 * 1024 * 1024,
  /** How long a message waits at most, and as a rule, in ms. */
  longestMs: 30 * 86_400_000,
  usualMs: 7 * 86_400_000,
  /** Messages of one answer. */
  batch: 100,
  /** How long a receiver may wait for some in one call, in ms. */
  waitMs: 30_000,
  /** For how long a message may be kept from others, in ms. */
  hiddenMs: 3_600_000,
} as const;

/** A message as a task sends it. */
export interface Mail {
  readonly to: MailAddress;
  readonly body: unknown;
  readonly key: string;
  readonly expiresInMs: number;
}

/** What a task asks for. */
export interface MailRequest {
  /** What its worker can do. */
  readonly abilities: readonly string[];
  readonly limit: number;
  readonly waitMs: number;
  readonly hiddenMs: number;
}

/** Mail of tasks. */
export interface AgentMail {
  send(fence: LeaseFence, mail: Mail): Promise<Result<SentMessage>>;
  /** Waits for the first ones until the time is over, or the signal aborts. */
  receive(
    fence: LeaseFence,
    request: MailRequest,
    signal: AbortSignal,
  ): Promise<Result<readonly ReceivedMessage[]>>;
  /** Gives the ids of those that are not handed out again. */
  acknowledge(
    fence: LeaseFence,
    receipts: readonly { readonly id: string; readonly receipt: string }[],
  ): Promise<Result<ReadonlySet<string>>>;
}

/** How often a receiver looks, in ms; a sender may be on any server. */
const EVERY_MS = 100;

/** What mail is kept with. */
export interface AgentMailPorts extends Pick<WorkflowPorts, 'db' | 'newId'> {
  /** What all messages have together that nobody has acknowledged, in bytes; may be some seconds old. */
  readonly usedBytes: () => Promise<number>;
}

/** The mail of a tenant. */
export const agentMail = (ports: AgentMailPorts, tenant: string): AgentMail => ({
  send: (fence, mail) => send(ports, tenant, fence, mail),
  receive: (fence, request, signal) => receive(ports, tenant, fence, request, signal),
  acknowledge: async (fence, receipts) =>
    (await heldTask(ports.db, tenant, fence)) === null
      ? { ok: false, refusal: leaseLost(fence.id) }
      : ok(await acknowledgeMessages(ports.db, tenant, receipts)),
});

async function send(
  { db, newId, usedBytes }: AgentMailPorts,
  tenant: string,
  fence: LeaseFence,
  mail: Mail,
): Promise<Result<SentMessage>> {
  const fault = mailFault(mail);
  if (fault) return fault;
  const used = await usedBytes();
  if (used >= MAIL_LIMITS.tenantBytes)
    return refuse(
      'limit-reached',
      `The message was not sent: those that wait have ${used} bytes together, and ${MAIL_LIMITS.tenantBytes} are the most.`,
      'Send it again when some have been received and acknowledged, and let messages expire sooner.',
    );
  const sending = () =>
    db.transaction().execute(async (transaction): Promise<Result<SentMessage>> => {
      const held = await heldTask(transaction, tenant, fence, { isLocked: true });
      if (held === null) return { ok: false, refusal: leaseLost(fence.id) };
      const from = { task: held.id, queue: held.queue, session: held.session };
      const sent = await sendMessage(transaction, tenant, { ...mail, id: newId(), from }, MAIL_LIMITS.open);
      if (sent !== 'full') return ok(sent);
      return refuse(
        'limit-reached',
        `The message was not sent: ${MAIL_LIMITS.open} wait for ${mail.to.kind} ${mail.to.name} already.`,
        'Send it again when some have been received and acknowledged.',
      );
    });
  return onceMore(sending);
}

async function receive(
  { db }: Pick<WorkflowPorts, 'db'>,
  tenant: string,
  fence: LeaseFence,
  { abilities, limit, waitMs, hiddenMs }: MailRequest,
  signal: AbortSignal,
): Promise<Result<readonly ReceivedMessage[]>> {
  const until = performance.now() + Math.min(waitMs, MAIL_LIMITS.waitMs);
  for (;;) {
    const held = await heldTask(db, tenant, fence);
    if (held === null) return { ok: false, refusal: leaseLost(fence.id) };
    const wish = { task: held.id, queue: held.queue, session: held.session, abilities };
    const found = await receiveMessages(db, tenant, {
      ...wish,
      limit: Math.min(limit, MAIL_LIMITS.batch),
      hiddenMs: Math.min(hiddenMs, MAIL_LIMITS.hiddenMs),
    });
    if (found.length > 0 || signal.aborted || performance.now() >= until) return ok(found);
    await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

const NAMES = {
  agent: /^[^/\0]{1,100}(\/[^/\0]{1,100}){2}$/,
  capability: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  task: /^[0-9a-f-]{36}$/,
};

function mailFault({ to, body, key, expiresInMs }: Mail): Result<never> | null {
  const bytes = Buffer.byteLength(JSON.stringify(body) ?? '');
  if (bytes > MAIL_LIMITS.bodyBytes)
    return invalid(
      `its body has ${bytes} bytes of JSON, and ${MAIL_LIMITS.bodyBytes} are the most`,
      'Put the data where the receiver can read it, and send its address.',
    );
  if (!NAMES[to.kind].test(to.name))
    return invalid(
      `'${to.name.slice(0, 80)}' is no ${to.kind}`,
      'Name an agent as application/environment/component, a capability, or the id of a task.',
    );
  for (const [what, text] of Object.entries({ session: to.session, key }))
    if (text.length > 200 || text.includes('\0'))
      return invalid(
        `its ${what} has ${text.length} characters, or one that is no text`,
        'Send at most 200.',
      );
  if (expiresInMs >= 1 && expiresInMs <= MAIL_LIMITS.longestMs) return null;
  return invalid(`it would be kept for ${expiresInMs} ms`, 'Let it expire within 30 days.');
}

const invalid = (what: string, remedy: string): Result<never> =>
  refuse('invalid-message', `The message was not sent: ${what}.`, remedy);
