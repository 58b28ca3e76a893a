import { describe, expect, it } from 'vitest';
import type { Notice } from '@sluice/core/notify/notice.ts';
import { emailSettingsSchema } from '@sluice/protocol/channels/email-settings.ts';
import { describeChannelContract } from '../../channel.contract.ts';
import type { Channel, ReadSecret } from '../../channel.ts';
import { deliverAll } from '../../testing/deliver-all.ts';
import { HOSTILE_TEXT } from '../../testing/sample-notice.ts';
import { SAMPLE_NOTICES, sampleOf } from '../../testing/sample-notices.ts';
import { type ReceivedMail, type SmtpProvider, startSmtpProvider } from '../../testing/smtp-provider.ts';
import { testCertificate } from '../../testing/test-certificate.ts';
import { emailAdapter } from './email-channel.ts';

const USER = 'sluice';
const PASSWORD = 'correct horse battery staple';
const certificate = testCertificate('DNS:localhost,IP:127.0.0.1');
const stranger = testCertificate('DNS:elsewhere.example');
const VALUES: Readonly<Record<string, string>> = {
  PASSWORD,
  WRONG: 'not the password',
  CA: certificate.cert,
  CA_OF_STRANGER: stranger.cert,
};
const readSecret: ReadSecret = async (reference) => ('env' in reference ? (VALUES[reference.env] ?? '') : '');

const channelAt = (port: number, changes: object = {}): Channel =>
  emailAdapter.open(
    emailSettingsSchema.parse({
      kind: 'email',
      server: '127.0.0.1',
      port,
      user: USER,
      password: { env: 'PASSWORD' },
      ca: { env: 'CA' },
      from: 'sluice@acme.example',
      to: ['ada@acme.example', 'bob@acme.example'],
      ...changes,
    }),
    readSecret,
  );

const WITHOUT_TLS = { security: 'none', user: undefined, password: undefined, ca: undefined };

const startServer = (security: 'starttls' | 'tls' | 'none' = 'starttls', tls = certificate) =>
  startSmtpProvider({ user: USER, password: PASSWORD, tls, security });
const seenOf = ({ headers, recipients, text }: ReceivedMail): string =>
  [`To: ${recipients.join(', ')}`, `Subject: ${headers.get('subject')}`, '', text].join('\n');

describeChannelContract('email', async () => {
  const server = await startServer();
  return {
    channel: channelAt(server.port),
    channelTo: channelAt,
    secrets: [PASSWORD],
    mood: (mood) => {
      server.mood = mood;
    },
    taken: () => server.mails.map(seenOf),
    faults: () => server.faults,
    harmful: ['\u202e', '\u0000', /\r?\nBcc:/],
    retriesRefusals: false,
    saysWhen: true,
    close: () => server.close(),
  };
});

describe('email', () => {
  const withServer = async (
    started: Promise<SmtpProvider>,
    use: (server: SmtpProvider) => Promise<void>,
  ): Promise<void> => {
    const server = await started;
    try {
      await use(server);
      expect(server.faults).toEqual([]);
    } finally {
      await server.close();
    }
  };

  it('says what happened, why, what comes next and what to do', () =>
    withServer(startServer(), async (server) => {
      await deliverAll(channelAt(server.port), SAMPLE_NOTICES);
      await expect(server.mails.map(seenOf).join('\n---\n\n')).toMatchFileSnapshot('./emails.golden.txt');
      await expect(server.mails[2]?.html ?? '').toMatchFileSnapshot('./held.golden.html');
    }));

  it('makes one thread of a rollout, and sends a mail under the same id when it is sent again', () =>
    withServer(startServer(), async (server) => {
      await deliverAll(
        channelAt(server.port),
        ['started', 'held', 'held'].map((stage) => sampleOf(stage as 'held')),
      );
      const [first, second, again] = server.mails.map(({ headers }) => headers);
      expect(first?.get('in-reply-to')).toBeUndefined();
      expect(second?.get('in-reply-to')).toBe(first?.get('message-id'));
      expect(second?.get('references')).toBe(first?.get('message-id'));
      expect(second?.get('subject')).toBe(first?.get('subject'));
      expect(again?.get('message-id')).toBe(second?.get('message-id'));
    }));

  it('goes to those who are meant alone, whatever stands in a version, a commit or a reference', () =>
    withServer(startServer(), async (server) => {
      const notice = sampleOf('held');
      const hostile: Notice = {
        ...notice,
        words: { ...notice.words, title: HOSTILE_TEXT },
        about: notice.about && {
          ...notice.about,
          version: HOSTILE_TEXT,
          environment: 'p\r\nBcc: eve@evil.example',
        },
        event: { ...notice.event, id: '1>\r\nBcc: eve@evil.example' },
        earlier: '<1@x>\r\nBcc: eve@evil.example',
      };
      await deliverAll(channelAt(server.port), [hostile]);
      expect(server.mails).toMatchObject([{ recipients: ['ada@acme.example', 'bob@acme.example'] }]);
      expect(server.mails[0]?.html).not.toContain('<script>');
    }));

  it('speaks TLS from the beginning where it is told to', () =>
    withServer(startServer('tls'), async (server) => {
      const channel = channelAt(server.port, { security: 'tls', server: 'localhost' });
      expect(await deliverAll(channel, [sampleOf('held')])).toMatchObject([{ ok: true }]);
      expect(server.mails).toMatchObject([{ secure: true }]);
    }));

  it('sends nothing to a server that does not encrypt, unless it is told to', () =>
    withServer(startServer('none'), async (server) => {
      const [refused] = await deliverAll(channelAt(server.port), [sampleOf('held')]);
      expect(refused).toMatchObject({ ok: false });
      expect(server.mails).toEqual([]);
      const channel = channelAt(server.port, WITHOUT_TLS);
      expect(await deliverAll(channel, [sampleOf('held')])).toMatchObject([{ ok: true }]);
    }));

  it.each([
    ['that nobody vouches for', { ca: { env: 'CA' } }],
    ['of another name', { ca: { env: 'CA_OF_STRANGER' } }],
  ])('sends nothing to a server with a certificate %s', (_, changes) =>
    withServer(startServer('starttls', stranger), async (server) => {
      const [refused] = await deliverAll(channelAt(server.port, { server: 'localhost', ...changes }), [
        sampleOf('held'),
      ]);
      expect(refused).toMatchObject({ ok: false, message: expect.stringContaining('encrypted') });
      expect(server.mails).toEqual([]);
    }),
  );

  it('says that user and password are wrong, without the password', () =>
    withServer(startServer(), async (server) => {
      const [refused] = await deliverAll(channelAt(server.port, { password: { env: 'WRONG' } }), [
        sampleOf('held'),
      ]);
      expect(refused).toMatchObject({ ok: false, retry: false, message: expect.stringContaining('sign in') });
      expect(JSON.stringify(refused)).not.toContain(VALUES['WRONG']);
    }));

  it('takes no password for a connection that is not encrypted', () => {
    expect(() => channelAt(25, { security: 'none' })).toThrow(/not encrypted/);
  });
});
