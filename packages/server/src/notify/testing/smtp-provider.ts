/**
 * Purpose: a mail server on this machine (`smtp-server`), which takes mail only as RFC 5321 and RFC 5322 have it: over TLS, from who
 * has signed in, with one of each header that is there once, ids of the right form, short lines, and no header that nobody meant.
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { ReceiverMood } from '../channel.contract.ts';

/** A mail as its reader sees it. */
export interface ReceivedMail {
  readonly headers: ReadonlyMap<string, string>;
  readonly recipients: readonly string[];
  readonly secure: boolean;
  readonly text: string;
  readonly html: string;
}

/** A mail server on this machine. */
export interface SmtpProvider {
  readonly port: number;
  mood: ReceiverMood;
  readonly mails: readonly ReceivedMail[];
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** What may stand in the head of a mail of ours; anything else was brought in by somebody. */
const MEANT = new Set([
  'from',
  'to',
  'subject',
  'message-id',
  'in-reply-to',
  'references',
  'date',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'auto-submitted',
  'x-auto-response-suppress',
]);
const REQUIRED = ['from', 'to', 'subject', 'message-id', 'date'];
const MESSAGE_ID = /^<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>$/;
/** RFC 5322, 2.1.1, without the line end. */
const LONGEST_LINE = 998;

/** For tests: starts a mail server with a certificate, for one user. */
export async function startSmtpProvider({
  user,
  password,
  tls,
  security,
}: {
  readonly user: string;
  readonly password: string;
  readonly tls: { readonly key: string; readonly cert: string };
  readonly security: 'starttls' | 'tls' | 'none';
}): Promise<SmtpProvider> {
  const mails: ReceivedMail[] = [];
  const faults: string[] = [];
  const server = new SMTPServer({
    ...tls,
    secure: security === 'tls',
    authOptional: security === 'none',
    disabledCommands: security === 'none' ? ['STARTTLS', 'AUTH'] : [],
    disableReverseLookup: true,
    onConnect: (_, callback) => {
      if (provider.mood.kind !== 'silent') callback();
    },
    onAuth: (given, _, callback) => {
      if (given.username === user && given.password === password) return callback(null, { user });
      callback(refusal(535, `5.7.8 no such user and password: ${given.password}`));
    },
    onMailFrom: (_, __, callback) => {
      const { mood } = provider;
      if (mood.kind === 'busy')
        return callback(refusal(450, `4.7.1 busy, try again in ${mood.retryAfterSeconds ?? 60} seconds`));
      if (mood.kind === 'broken') return callback(refusal(451, '4.3.0 local error in processing'));
      if (mood.kind === 'refuses') return callback(refusal(554, `5.7.1 refused, ${password}`));
      callback();
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('latin1');
        faults.push(...faultsOf(raw));
        mails.push(readMail(raw, session));
        callback();
      });
    },
  });
  // A client that goes away in the middle is no failure of the server's.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const provider: SmtpProvider = {
    port,
    mood: { kind: 'well' },
    mails,
    faults,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return provider;
}

const refusal = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode });

function faultsOf(raw: string): readonly string[] {
  const [head = '', body = ''] = splitHead(raw);
  const names = headLines(head).map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
  const headers = headersOf(head);
  return [
    ...names.filter((name) => !MEANT.has(name)).map((name) => `nobody meant the header ${name}`),
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `${name} is there twice`),
    ...REQUIRED.filter((name) => !headers.has(name)).map((name) => `${name} is missing`),
    ...['message-id', 'in-reply-to', 'references']
      .filter((name) => headers.has(name) && !MESSAGE_ID.test(headers.get(name) ?? ''))
      .map((name) => `${name}: ${headers.get(name)}`),
    ...raw
      .split('\r\n')
      .filter((line) => line.length > LONGEST_LINE)
      .map((line) => `a line of ${line.length} characters`),
    ...(/[^\x20-\x7e\r\n\t]/.test(raw) ? ['a character that is not ASCII'] : []),
    ...(/(?<!\r)\n|\r(?!\n)/.test(raw) ? ['a lone line end'] : []),
    ...(body === '' ? ['no body'] : []),
  ];
}

function readMail(raw: string, { envelope, secure }: SMTPServerSession): ReceivedMail {
  const [head = '', body = ''] = splitHead(raw);
  const headers = headersOf(head);
  const [, boundary = ''] = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '') ?? [];
  const parts = body.split(`--${boundary}`).slice(1, -1).map(decodedPart);
  return {
    headers,
    recipients: envelope.rcptTo.map(({ address }) => address),
    secure,
    text: parts[0] ?? '',
    html: parts[1] ?? '',
  };
}

const splitHead = (raw: string): readonly string[] => {
  const end = raw.indexOf('\r\n\r\n');
  return [raw.slice(0, end), raw.slice(end + 4)];
};

const headLines = (head: string): readonly string[] => head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');

const headersOf = (head: string): ReadonlyMap<string, string> =>
  new Map(
    headLines(head).map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), decodedWords(line.slice(colon + 1).trim())] as const;
    }),
  );

function decodedPart(part: string): string {
  const [head = '', body = ''] = splitHead(part.replace(/^\r\n/, ''));
  const encoding = headersOf(head).get('content-transfer-encoding');
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  return encoding === 'quoted-printable' ? unquoted(body.replace(/=\r\n/g, '')) : body;
}

const unquoted = (text: string): string =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  ).toString('utf8');

/** RFC 2047; words that follow one another are one. */
const decodedWords = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_, how: string, word: string) =>
      how.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString('utf8')
        : unquoted(word.replaceAll('_', ' ')),
    );
