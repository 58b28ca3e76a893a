/**
 * One request on its way through the router: sends it to an instance of the chosen revision, to another one when it
 * certainly was not processed, streams the answer back, and counts it. Every answer of a revision carries the header
 * `x-sluice-revision`, so that whoever measures from outside can tell the revisions apart.
 *
 * 1. Exactly one of these ends it: the answer is whole, the answer broke off, the router refused, the client left.
 * 2. An instance's connection is released exactly once per attempt, only after undici has said its last word.
 * 3. The status goes to the client at most once; after that nothing is tried again.
 * 4. A request is sent again only if no byte of its body was read, and either no connection was made, or it is
 *    idempotent, went out on a connection that was kept alive from before, and not one byte came back: then the
 *    instance closed an idle connection, as it may. A new connection that breaks is an error of the revision.
 *
 * An instance that does not answer within the track's time limit, or stalls within its answer for as long, is given up
 * up to a second later: undici looks at its timers that often, which makes them nearly free.
 *
 * Latency counts from the received head to the end of the answer. A client that leaves before the answer counts as
 * 499: latency and class 4xx, no error. An answer that breaks off counts as no answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { AnswerStream } from './answer-stream.ts';
import type { Arm } from './arm.ts';
import { BodyRelay, type BodyWatcher, discardRest } from './body-relay.ts';
import type { Inbound } from './inbound.ts';
import type { MirrorCopy } from './mirror-copy.ts';
import { type Problem, sendProblem } from './problem.ts';
import { PROBLEMS } from './problems.ts';
import type { Track } from './track.ts';
import type { Lane, Upstream } from './upstream.ts';
import type { WorkerState } from './worker-state.ts';

type Controller = Dispatcher.DispatchController;

/** nginx's number for a client that left before it was answered. */
const CLIENT_LEFT = 499;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** What an exchange is made of. */
export interface ExchangeParts {
  readonly state: WorkerState;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly inbound: Inbound;
  readonly track: Track;
  readonly arm: Arm;
  /** Gets a copy of the request; undefined when it is not mirrored. */
  readonly mirror: MirrorCopy | undefined;
  /** The router's own headers of the answer, name and value alternating. */
  readonly ownHeaders: readonly string[];
  /** When the head was received, on the clock of `performance.now()`. */
  readonly startedAtMs: number;
}

/** A request between one client and one instance at a time. */
export class Exchange implements Dispatcher.DispatchHandler, BodyWatcher {
  readonly #parts: ExchangeParts;
  readonly #answer: AnswerStream;
  #upstream: Upstream | undefined;
  #lane: Lane | undefined;
  #relay: BodyRelay | null = null;
  #controller: Controller | null = null;
  #tried: Upstream[] | undefined;
  #attempts = 0;
  /** The head has been written to the instance, so that it may have been processed. */
  #sent = false;
  /** At least one byte of an answer has come. */
  #answering = false;
  #status = 0;
  #bodyTooLarge = false;
  #clientLeft = false;
  #ended = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#answer = new AnswerStream(parts.response);
    parts.response.on('close', () => this.#onClientClosed());
  }

  /** Sends the request to an instance, or answers that there is none. */
  start(): void {
    const upstream = this.#parts.arm.pick(this.#parts.startedAtMs);
    if (upstream === undefined) {
      this.#refuse(PROBLEMS.noInstance);
      return;
    }
    this.#attempt(upstream);
    if (!this.#parts.inbound.hasBody) this.#parts.mirror?.send(null);
  }

  /** The client's bytes turned out not to be HTTP, or came too slowly; @returns whether a problem can still be sent */
  breakOff(): boolean {
    const silent = !this.#parts.response.headersSent;
    this.#clientLeft = true;
    this.#controller?.abort(clientLeft());
    return silent;
  }

  bodyBegins(): void {
    if (this.#parts.inbound.expectsContinue) this.#parts.response.writeContinue();
  }

  bodyTooLarge(): void {
    this.#bodyTooLarge = true;
    this.#controller?.abort(clientLeft());
  }

  bodyBroke(): void {
    this.#clientLeft = true;
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    this.#sent = true;
    if (this.#lane !== undefined) this.#lane.sent++;
    if (this.#clientLeft) controller.abort(clientLeft());
  }

  onResponseStarted(): void {
    this.#answering = true;
  }

  onResponseStart(
    controller: Controller,
    status: number,
    headers: NodeJS.Dict<string | string[]>,
    statusText?: string,
  ): void {
    if (status < 200) {
      this.#inform(status, headers);
      return;
    }
    this.#status = status;
    if (this.#parts.state.retiring) this.#parts.response.shouldKeepAlive = false;
    this.#answer.head(controller, status, statusText, this.#parts.ownHeaders);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#answer.body(controller, chunk);
  }

  onResponseEnd(_controller: Controller, trailers: NodeJS.Dict<string | string[]>): void {
    this.#answer.end(trailers);
    this.#upstream?.answered();
    this.#release();
    this.#count(this.#status);
    this.#parts.mirror?.served(this.#status);
    this.#finish();
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    const reached = this.#sent;
    // A request that undici refuses to write says nothing about the instance.
    if (!reached && codeOf(error) !== 'invalid') this.#upstream?.failedToConnect(performance.now());
    const again = this.#other(error);
    this.#release();
    if (again !== undefined) this.#attempt(again);
    else this.#fail(error, reached);
  }

  #attempt(upstream: Upstream): void {
    const { inbound, track, request, mirror } = this.#parts;
    const lane = upstream.take();
    if (lane === undefined) {
      this.#refuse(PROBLEMS.overloaded);
      return;
    }
    this.#attempts++;
    this.#upstream = upstream;
    this.#lane = lane;
    this.#sent = false;
    this.#controller = null;
    if (inbound.hasBody)
      this.#relay = new BodyRelay(request, track.route?.maxBodyBytes ?? 0, this, mirror?.take);
    const timeoutMs = track.route?.timeoutMs ?? 0;
    const { target: path, method, headers } = inbound;
    lane.client.dispatch(
      { path, method, headers, body: this.#relay, headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
      this,
    );
  }

  /** The instance to send the request to after a failure; undefined when it must not, or cannot, be sent again. */
  #other(error: Error): Upstream | undefined {
    const { state, arm, inbound } = this.#parts;
    const failed = this.#upstream;
    if (failed === undefined || this.#clientLeft || this.#bodyTooLarge) return undefined;
    if (this.#attempts >= state.limits.attempts || this.#relay?.begun) return undefined;
    this.#tried = [...(this.#tried ?? []), failed];
    if (!this.#sent)
      return codeOf(error) === 'invalid' ? undefined : arm.pick(performance.now(), this.#tried);
    const keptAlive = this.#lane !== undefined && this.#lane.sent > 1;
    if (this.#answering || !keptAlive || !IDEMPOTENT.has(inbound.method) || codeOf(error) !== 'closed')
      return undefined;
    return arm.pick(performance.now(), this.#tried) ?? (failed.draining ? undefined : failed);
  }

  #fail(error: Error, reached: boolean): void {
    if (this.#ended) return;
    const { response } = this.#parts;
    if (this.#clientLeft || (this.#bodyTooLarge && response.headersSent)) {
      this.#count(this.#status || CLIENT_LEFT);
      this.#finish();
      if (this.#bodyTooLarge) response.destroy();
    } else if (this.#bodyTooLarge) this.#refuse(PROBLEMS.bodyTooLarge);
    else if (response.headersSent) this.#countUnanswered(() => response.destroy());
    else if (codeOf(error) === 'invalid')
      this.#refuse(PROBLEMS.malformed('The request cannot be passed on.'));
    else this.#countUnanswered(() => sendProblem(response, problemOf(error, reached)));
  }

  #countUnanswered(answer: () => void): void {
    const { arm, mirror, startedAtMs } = this.#parts;
    arm.counts.unanswered(performance.now() - startedAtMs);
    this.#countGoal(0);
    mirror?.served(-1);
    this.#closeUnread();
    answer();
    this.#finish();
  }

  #count(status: number): void {
    this.#parts.arm.counts.answered(status, performance.now() - this.#parts.startedAtMs);
    this.#countGoal(status);
  }

  #countGoal(status: number): void {
    const { track, arm, inbound } = this.#parts;
    if (track.isTrial(inbound.path)) arm.counts.tried();
    if (status >= 200 && track.isGoal(inbound.method, inbound.path, status)) arm.counts.reachedGoal();
  }

  #refuse(problem: Problem): void {
    if (this.#ended) return;
    this.#parts.state.counter.refused();
    this.#closeUnread();
    sendProblem(this.#parts.response, problem);
    this.#finish();
  }

  /** A client that waits for 100 and gets a final answer may or may not send its body: only closing is unambiguous. */
  #closeUnread(): void {
    const { inbound, response, state } = this.#parts;
    if (response.headersSent) return;
    if (state.retiring || (inbound.expectsContinue && !this.#relay?.begun)) response.shouldKeepAlive = false;
  }

  #finish(): void {
    this.#ended = true;
    if (!this.#parts.inbound.hasBody) return;
    this.#relay?.destroy();
    discardRest(this.#parts.request, this.#parts.state.limits.discardBytes);
  }

  #release(): void {
    if (this.#lane === undefined) return;
    this.#upstream?.release(this.#lane);
    this.#lane = undefined;
  }

  #inform(status: number, headers: NodeJS.Dict<string | string[]>): void {
    const { response } = this.#parts;
    if (response.headersSent || response.req.httpVersionMinor === 0) return;
    if (status === 102) response.writeProcessing();
    const link = headers['link'];
    if (status === 103 && link !== undefined) response.writeEarlyHints({ link });
  }

  #onClientClosed(): void {
    if (this.#ended) return;
    this.#clientLeft = true;
    this.#controller?.abort(clientLeft());
  }
}

const clientLeft = (): SluiceError =>
  new SluiceError('unreachable', 'the client left before the answer was whole', { next: 'stop' });

/** undici's and the system's codes, as far as the router treats them differently. */
function codeOf(error: Error): 'timeout' | 'closed' | 'invalid' | 'other' {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return 'timeout';
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
    case 'EPIPE':
      return 'closed';
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
      return 'invalid';
    default:
      return 'other';
  }
}

function problemOf(error: Error, reached: boolean): Problem {
  if (codeOf(error) === 'timeout') return PROBLEMS.upstreamTimeout;
  return reached ? PROBLEMS.brokenAnswer : PROBLEMS.unreachable;
}
