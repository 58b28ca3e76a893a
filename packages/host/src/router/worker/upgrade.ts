/**
 * Upgraded connections (WebSocket and any other protocol): the handshake goes to an instance as it came, and after a
 * 101 the two sockets are joined with back-pressure and half-close. It is counted when it is answered, with the latency
 * of the handshake; how long the connection then lives says nothing about the revision. It is in flight until both
 * sides are closed. Node's own client does the handshake: unlike undici it also hands over answers other than 101.
 */
import { request as openRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { readAnswerHead } from './answer-head.ts';
import type { Arm } from './arm.ts';
import type { Inbound } from './inbound.ts';
import { endWithProblem } from './problem.ts';
import { PROBLEMS } from './problems.ts';
import type { Track } from './track.ts';
import type { Upstream } from './upstream.ts';
import type { WorkerState } from './worker-state.ts';

/** After so long without a byte the system asks whether the other side still lives. */
const KEEP_ALIVE_PROBE_MS = 60_000;

/** What an upgrade is made of. */
export interface UpgradeParts {
  readonly state: WorkerState;
  readonly inbound: Inbound;
  readonly track: Track;
  readonly arm: Arm;
  readonly ownHeaders: readonly string[];
  readonly socket: Socket;
  /** What the client has already sent of the new protocol. */
  readonly head: Buffer;
  readonly startedAtMs: number;
}

/** Passes an upgrade to an instance of the chosen revision, trying others while no connection can be made. */
export function passUpgrade(parts: UpgradeParts): void {
  parts.socket.on('error', () => parts.socket.destroy());
  attempt(parts, []);
}

function attempt(parts: UpgradeParts, tried: readonly Upstream[]): void {
  const { state, arm, socket } = parts;
  const upstream = arm.pick(performance.now(), tried.length > 0 ? tried : undefined);
  if (upstream === undefined || socket.destroyed) {
    end(parts, tried.length > 0);
    return;
  }
  upstream.takeUpgraded();
  const outgoing = handshake(parts, upstream.port);
  let connected = false;
  let ended = false;
  const release = (): void => {
    if (ended) return;
    ended = true;
    upstream.releaseUpgraded();
  };
  const onClientGone = (): void => void outgoing.destroy();
  socket.once('close', onClientGone);
  outgoing.once('socket', (to: Socket) => to.once('connect', () => (connected = true)));
  outgoing.once('upgrade', (answer, to: Socket, first: Buffer) => {
    socket.off('close', onClientGone);
    upstream.answered();
    arm.counts.answered(101, performance.now() - parts.startedAtMs);
    join(parts, answer, { to, first }, release);
  });
  outgoing.once('response', (answer) => {
    upstream.answered();
    arm.counts.answered(answer.statusCode ?? 500, performance.now() - parts.startedAtMs);
    passAnswer(parts, answer);
    answer.once('close', release);
  });
  outgoing.once('error', () => {
    socket.off('close', onClientGone);
    release();
    if (!connected) upstream.failedToConnect(performance.now());
    if (!connected && tried.length + 1 < state.limits.attempts) attempt(parts, [...tried, upstream]);
    else end(parts, true, connected);
  });
}

/** No instance took the upgrade: refused when there was none to ask, else counted as an error of the revision. */
function end(parts: UpgradeParts, asked: boolean, connected = false): void {
  const { state, arm, socket, startedAtMs } = parts;
  if (!asked) state.counter.refused();
  else if (!socket.destroyed) arm.counts.unanswered(performance.now() - startedAtMs);
  const problem = connected ? PROBLEMS.brokenAnswer : PROBLEMS.unreachable;
  endWithProblem(socket, asked ? problem : PROBLEMS.noInstance, state.limits.lingerMs);
}

function handshake({ inbound, track, state }: UpgradeParts, port: number): ClientRequest {
  const to = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  const timer = setTimeout(() => to.destroy(), state.limits.connectTimeoutMs);
  to.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
  const outgoing = openRequest({
    createConnection: () => to,
    method: inbound.method,
    path: inbound.target,
    headers: [...inbound.headers, 'connection', 'Upgrade', 'upgrade', inbound.upgrade ?? ''],
    setHost: false,
    timeout: track.route?.timeoutMs ?? 0,
  });
  outgoing.once('timeout', () => outgoing.destroy());
  outgoing.end();
  return outgoing;
}

function join(
  { socket, head, ownHeaders }: UpgradeParts,
  answer: IncomingMessage,
  { to, first }: { to: Socket; first: Buffer },
  release: () => void,
): void {
  const upgrade = answer.headers.upgrade ?? '';
  const headers = [...readAnswerHead(answer.rawHeaders).headers, ...ownHeaders];
  socket.write(
    headText(101, 'Switching Protocols', ['connection', 'Upgrade', 'upgrade', upgrade, ...headers]),
    'latin1',
  );
  if (first.length > 0) socket.write(first);
  if (head.length > 0) to.write(head);
  to.setTimeout(0);
  for (const side of [socket, to]) {
    side.setNoDelay(true);
    side.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
  }
  let open = 2;
  const onClose = (closed: Socket, other: Socket, broken: boolean): void => {
    // A break is passed on as a reset: the other side must not take what it got for all there was.
    if (broken || !closed.readableEnded) other.resetAndDestroy();
    if (--open === 0) release();
  };
  socket.once('close', (broken) => onClose(socket, to, broken));
  to.once('close', (broken) => onClose(to, socket, broken));
  to.on('error', () => to.destroy());
  socket.pipe(to);
  to.pipe(socket);
}

/** An instance that does not upgrade: its answer goes to the client, whose connection ends with it. */
function passAnswer({ socket, ownHeaders }: UpgradeParts, answer: IncomingMessage): void {
  const { headers } = readAnswerHead(answer.rawHeaders);
  headers.push(...ownHeaders, 'connection', 'close');
  socket.write(headText(answer.statusCode ?? 500, answer.statusMessage ?? '', headers), 'latin1');
  answer.pipe(socket);
  answer.once('error', () => socket.destroy());
  socket.resume();
}

function headText(status: number, phrase: string, headers: readonly string[]): string {
  let text = `HTTP/1.1 ${status} ${phrase}\r\n`;
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${text}\r\n`;
}
