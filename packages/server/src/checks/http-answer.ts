import { connect as connectH2 } from 'node:http2';
import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type { RequestPolicy } from '@sluice/core/rollout/component-spec.ts';

/** One GET request. */
export interface HttpQuestion {
  /** Complete address, `http:` or `https:`. */
  readonly url: URL;
  readonly protocol: RequestPolicy['protocol'];
  /** False leaves the body alone; it may be endless. */
  readonly readBody: boolean;
  /** How the host becomes an address; as the system says where it is left out. */
  readonly lookup?: LookupFunction | undefined;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  /** The beginning of the body, at most 1 MiB; empty when it was not to be read. */
  readonly body: string;
}

/** A body is searched for an expected text up to here, in bytes. */
const BODY_LIMIT_BYTES = 1024 * 1024;
const HEADERS = { 'user-agent': 'sluice-check', accept: '*/*' };

/** Asks once, on a connection of its own; redirects are answers like others. Rejects when no answer comes. */
export async function askHttp(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
  return question.protocol === 'h2c' ? askOverH2c(question, signal) : askOverHttp1(question, signal);
}

async function askOverHttp1(
  { url, readBody, lookup }: HttpQuestion,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const headers = { ...HEADERS, connection: 'close' };
  const asking = request(url, { headers, agent: false, signal, ...(lookup && { lookup }) });
  asking.end();
  const [answer] = await once(asking, 'response');
  // After the answer's head an error shows on the answer, and one that is not waited for is of no interest.
  asking.on('error', () => undefined);
  return { status: answer.statusCode ?? 0, body: readBody ? await beginningOf(answer) : drop(answer) };
}

async function askOverH2c({ url, readBody, lookup }: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
  const session = connectH2(url.origin, lookup && { lookup });
  // Its stream, which is waited for, fails with it.
  session.on('error', () => undefined);
  try {
    const stream = session.request({ ':path': `${url.pathname}${url.search}`, ...HEADERS }, { signal });
    const [headers] = await once(stream, 'response');
    return { status: headers[':status'] ?? 0, body: readBody ? await beginningOf(stream) : drop(stream) };
  } finally {
    session.destroy();
  }
}

async function beginningOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= BODY_LIMIT_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, BODY_LIMIT_BYTES);
}

function drop(stream: Readable): string {
  stream.on('error', () => undefined);
  stream.destroy();
  return '';
}
