/**
 * Purpose: tells notices by mail through an SMTP server, by nodemailer over a connection that the guard has opened.
 *
 * The mails of a rollout answer its first one. With `starttls` a server that does not offer encryption gets nothing.
 */
import type { Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import type { Notice } from '@sluice/core/notify/notice.ts';
import type { EmailSettings } from '@sluice/protocol/channels/email-settings.ts';
import type { Channel, ChannelAdapter, Delivered, DeliveryContext, ReadSecret } from '../../channel.ts';
import { attemptDelivery } from '../attempts/attempt-delivery.ts';
import { emailFailure } from './email-failure.ts';
import { emailMessage } from './email-message.ts';

/** The adapter that tells notices by mail. */
export const emailAdapter: ChannelAdapter<EmailSettings> = {
  kind: 'email',
  destinations: (settings) => {
    const { server } = settings;
    const host = server.includes(':') ? `[${server}]` : server;
    return [`tcp://${host}:${portOf(settings)}`];
  },
  open: (settings, readSecret): Channel => ({
    kind: 'email',
    deliver: (notice, context) => deliver(settings, readSecret, notice, context),
  }),
};

/** A server that is silent for so long is given up, ms. */
const SILENCE_MS = 20_000;
const DEFAULT_PORTS = { starttls: 587, tls: 465, none: 25 } as const;

const portOf = ({ port, security }: EmailSettings): number => port ?? DEFAULT_PORTS[security];

function deliver(
  settings: EmailSettings,
  readSecret: ReadSecret,
  notice: Notice,
  context: DeliveryContext,
): Promise<Delivered> {
  const { password, ca, from, to } = settings;
  return attemptDelivery(readSecret, { password, ca }, async (secrets) => {
    try {
      const connection = await context.connect(
        { host: settings.server, port: portOf(settings) },
        context.signal,
      );
      const sending = send(transportOptions(settings, secrets, connection), notice, { from, to });
      return await untilAborted(sending, { connection, signal: context.signal });
    } catch (thrown) {
      return emailFailure(thrown);
    }
  });
}

async function send(
  options: SMTPTransport.Options,
  notice: Notice,
  { from, to }: Pick<EmailSettings, 'from' | 'to'>,
): Promise<Delivered> {
  const transport = createTransport(options);
  const { inReplyTo, ...message } = emailMessage(notice, from);
  try {
    await transport.sendMail({
      from: { name: 'Sluice', address: from },
      to: [...to],
      ...message,
      ...(inReplyTo === null ? {} : { inReplyTo, references: inReplyTo }),
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return { ok: true, reference: inReplyTo ?? message.messageId };
  } finally {
    transport.close();
  }
}

function transportOptions(
  settings: EmailSettings,
  { password, ca }: { readonly password: string | undefined; readonly ca: string | undefined },
  connection: Socket,
): SMTPTransport.Options {
  const { server, security, user } = settings;
  return {
    host: server,
    port: portOf(settings),
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user !== undefined && password !== undefined ? { auth: { user, pass: password } } : {}),
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    getSocket: (_, callback) => callback(null, { connection }),
  };
}

/** nodemailer takes no signal: the connection is destroyed, and what it says about that is not what is told. */
function untilAborted(
  sending: Promise<Delivered>,
  { connection, signal }: { readonly connection: Socket; readonly signal: AbortSignal },
): Promise<Delivered> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      connection.destroy();
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    sending.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
