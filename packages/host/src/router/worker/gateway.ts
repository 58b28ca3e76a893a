import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import { discardRest } from './body-relay.ts';
import { Exchange } from './exchange.ts';
import { Inbound } from './inbound.ts';
import { MirrorCopy } from './mirror-copy.ts';
import { endWithProblem, type Problem, sendProblem } from './problem.ts';
import { PROBLEMS } from './problems.ts';
import type { RouteTable } from './route-table.ts';
import { type Placement, place } from './placement.ts';
import type { Track } from './track.ts';
import { passUpgrade } from './upgrade.ts';
import type { WorkerState } from './worker-state.ts';

/** What the gateway remembers of a connection, to know what a parse error or a timeout may still do to it. */
interface Connection extends Socket {
  sluiceRunning?: number;
  sluiceReceiving?: Exchange | undefined;
  sluiceRefused?: boolean;
}

/**
 * The HTTP/1.1 server of a worker. Node's strict parser refuses malformed messages; what it lets through is judged
 * again in `Inbound`. Nothing here waits: each request is placed and handed to an exchange in one go.
 */
export function createGateway(state: WorkerState, routes: RouteTable): Server {
  const { limits } = state;
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    insecureHTTPParser: false,
    // Answered by ourselves, with a problem that names the reason.
    requireHostHeader: false,
    optimizeEmptyRequests: true,
    noDelay: true,
    shouldUpgradeCallback: mayUpgrade,
  });
  // Headers beyond the default of 2,000 would be dropped silently, and with them perhaps the one that frames the body.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.clientConnections;
  const serve = (request: IncomingMessage, response: ServerResponse): void =>
    serveRequest(state, routes, request, response);
  server.on('request', serve);
  server.on('checkContinue', serve);
  server.on('checkExpectation', serve);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    serveUpgrade(state, routes, request, { socket: socket as Socket, head }),
  );
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    state.counter.refused();
    endWithProblem(socket as Socket, PROBLEMS.methodRefused, limits.lingerMs);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) =>
    refuseConnection(state, error, socket as Connection),
  );
  return server;
}

/**
 * A request with a body is not upgraded: where the body ends would be a matter of opinion. Neither is one to h2c:
 * what went on inside that connection would be hidden from the routes.
 */
function mayUpgrade(request: IncomingMessage): boolean {
  const { upgrade, 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding !== undefined || (length !== undefined && length !== '0')) return false;
  return upgrade !== undefined && !/(^|[\s,])h2c?($|[\s,])/i.test(upgrade);
}

function serveRequest(
  state: WorkerState,
  routes: RouteTable,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const startedAtMs = performance.now();
  // What follows a malformed request on its connection was perhaps never meant as a request.
  if ((request.socket as Connection).sluiceRefused) return;
  const inbound = new Inbound(request, state.limits.urlBytes);
  const placed = place(routes, inbound);
  if ('refused' in placed) {
    if (placed.refused === 'options') answerOptions(response);
    else refuse(state, { request, response, inbound }, placed.refused);
    return;
  }
  const { track, arm, ownHeaders } = placed;
  const exchange = new Exchange({
    state,
    request,
    response,
    inbound,
    track,
    arm,
    ownHeaders,
    startedAtMs,
    mirror: mirrorOf(state, track, inbound, arm.revision),
  });
  watchConnection(request, response, inbound.hasBody ? exchange : undefined);
  exchange.start();
}

function refuse(
  state: WorkerState,
  { request, response, inbound }: { request: IncomingMessage; response: ServerResponse; inbound: Inbound },
  problem: Problem,
): void {
  state.counter.refused();
  const isMalformed = inbound.problem !== null;
  if (isMalformed) (request.socket as Connection).sluiceRefused = true;
  if (isMalformed || state.retiring || inbound.expectsContinue) response.shouldKeepAlive = false;
  sendProblem(response, problem);
  if (inbound.hasBody) discardRest(request, state.limits.discardBytes);
}

function answerOptions(response: ServerResponse): void {
  response.writeHead(204, ['allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS']);
  response.end();
}

/** The copy of a request for the mirror, for its share of the requests; independent of the weights. */
function mirrorOf(
  state: WorkerState,
  track: Track,
  inbound: Inbound,
  chosen: string,
): MirrorCopy | undefined {
  const { mirror } = track.split;
  if (mirror === null || mirror.revision === chosen) return undefined;
  if (Math.random() * WHOLE_BASIS_POINTS >= mirror.basisPoints) return undefined;
  const arm = track.arm(mirror.revision);
  if (arm === undefined || inbound.contentLength > state.limits.mirrorBodyBytes) {
    state.counter.unmirrored();
    return undefined;
  }
  return new MirrorCopy(state, inbound, arm, track.route?.timeoutMs ?? 0);
}

function watchConnection(
  request: IncomingMessage,
  response: ServerResponse,
  receiving: Exchange | undefined,
): void {
  const connection = request.socket as Connection;
  connection.sluiceRunning = (connection.sluiceRunning ?? 0) + 1;
  response.on('close', () => {
    connection.sluiceRunning = (connection.sluiceRunning ?? 1) - 1;
    if (connection.sluiceReceiving === receiving) connection.sluiceReceiving = undefined;
  });
  connection.sluiceReceiving = receiving;
}

/**
 * A message that the parser refuses, or that did not come in time. A problem is sent only where the client will take it
 * for the answer to that very message: not in the middle of another answer, and not before one that is still due.
 */
function refuseConnection(state: WorkerState, error: NodeJS.ErrnoException, socket: Connection): void {
  if (socket.sluiceRefused) return;
  socket.sluiceRefused = true;
  const running = socket.sluiceRunning ?? 0;
  const receiving = socket.sluiceReceiving;
  const mayAnswer = running === 0 || (running === 1 && receiving?.breakOff() === true);
  if (error.code === 'ECONNRESET' || !socket.writable || !mayAnswer || socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  state.counter.refused();
  endWithProblem(socket, problemOf(error), state.limits.lingerMs);
}

function problemOf(error: NodeJS.ErrnoException): Problem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return PROBLEMS.headTooLarge;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return PROBLEMS.requestTimeout;
    default:
      return PROBLEMS.malformed('The request is not well-formed HTTP/1.1.');
  }
}

function serveUpgrade(
  state: WorkerState,
  routes: RouteTable,
  request: IncomingMessage,
  client: { socket: Socket; head: Buffer },
): void {
  const startedAtMs = performance.now();
  const inbound = new Inbound(request, state.limits.urlBytes);
  const placed: Placement = place(routes, inbound);
  if ('refused' in placed) {
    state.counter.refused();
    const problem = placed.refused === 'options' ? PROBLEMS.noRoute : placed.refused;
    endWithProblem(client.socket, problem, state.limits.lingerMs);
    return;
  }
  if (placed.track.split.mirror !== null) state.counter.unmirrored();
  passUpgrade({ state, inbound, ...client, ...placed, startedAtMs });
}
