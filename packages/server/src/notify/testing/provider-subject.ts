import type { ChannelSubject, ReceiverMood } from '../channel.contract.ts';
import type { Channel } from '../channel.ts';
import type { Misbehaviour, ProviderAnswer, ProviderServer } from './provider-server.ts';

/** A provider with what it has taken and what it found wrong. */
export interface Provider {
  readonly server: ProviderServer;
  /** All that a reader would see, one text for each message. */
  readonly taken: readonly string[];
  /** What was against the rules of the provider. */
  readonly faults: readonly string[];
}

/** For tests: a provider and the channel that speaks to it, as the contract wants to see them. */
export function providerSubject({
  provider,
  channelAt,
  secrets,
  refusal,
  harmful,
}: {
  readonly provider: Provider;
  readonly channelAt: (url: string) => Channel;
  readonly secrets: readonly string[];
  /** How the provider says that a message is wrong, when it is not by 400. */
  readonly refusal?: ProviderAnswer;
  readonly harmful: ChannelSubject['harmful'];
}): ChannelSubject {
  return {
    channel: channelAt(provider.server.url),
    channelTo: (port) => channelAt(`http://127.0.0.1:${port}`),
    secrets,
    mood: (mood) =>
      provider.server.misbehave(
        mood.kind === 'refuses' && refusal ? refusal : misbehaviourOf(mood, secrets.join(' ')),
      ),
    taken: () => provider.taken,
    faults: () => provider.faults,
    harmful,
    retriesRefusals: false,
    saysWhen: true,
    close: () => provider.server.close(),
  };
}

function misbehaviourOf(mood: ReceiverMood, secret: string): Misbehaviour | null {
  if (mood.kind === 'well') return null;
  if (mood.kind === 'silent') return 'silence';
  if (mood.kind === 'broken') return { status: 503, text: 'upstream connect error' };
  if (mood.kind === 'refuses') return { status: 400, json: { message: `wrong: ${secret}` } };
  const { retryAfterSeconds } = mood;
  const headers: Record<string, string> =
    retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status: 429, headers, text: 'slow down' };
}
