import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { withoutBrackets } from './address-judge.ts';

/** Where something is sent to. */
export interface OutgoingPlace {
  /** `http:`, `https:` or `tcp:`. */
  readonly scheme: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** The port of a connection. */
export const portOf = ({ port, protocol }: { readonly port: string; readonly protocol: string }): number =>
  Number(port) || (DEFAULT_PORTS[protocol] ?? 0);

/** Takes an address apart: an `http` or `https` URL, or `tcp://host:port`; one with a user in it is refused. */
export function placeOf(destination: string): Result<OutgoingPlace> {
  const url = URL.canParse(destination) ? new URL(destination) : null;
  const isTcp = url?.protocol === 'tcp:';
  if (url === null || !(url.protocol in DEFAULT_PORTS || isTcp) || url.hostname === '')
    return refuse(
      'refused-destination',
      'It is no http or https address',
      'Give an address that begins with https://.',
    );
  if (url.username !== '' || url.password !== '')
    return refuse(
      'refused-destination',
      `The address of ${url.hostname} holds a user or a password`,
      'Keep the address as a secret and give a reference to it.',
    );
  const port = portOf(url);
  if (port === 0)
    return refuse('refused-destination', `${url.hostname} is given without a port`, 'Add the port.');
  return ok({ scheme: url.protocol, host: withoutBrackets(url.hostname), port });
}
