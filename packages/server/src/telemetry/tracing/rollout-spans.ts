/**
 * What took place in a rollout, as spans: a pure projection of its stored events. Whoever reads the same events makes
 * the same spans with the same ids and times, so that a restart, another server or a second sending adds nothing and
 * loses nothing. A span is made when the event that ends it has been stored.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { describeStep } from '@sluice/core/rollout/describe-step.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import { describeEvent } from '../../loop/describe-event.ts';
import { verdictOf } from '../../loop/verdict-of.ts';
import { type EndedSpan, type Ending, type SpanAttributes, SpanBook } from './span-book.ts';
import { parseTraceParent, spanIdFrom, traceIdFrom, type TraceContext } from './trace-context.ts';

/** An event of a rollout, as it is stored. */
export interface SequencedEvent {
  readonly sequence: number;
  readonly event: TrackEvent;
}

/** The event with which a rollout begins. */
export type RolloutRequested = Extract<TrackEvent, { kind: 'rolloutRequested' }>;

/** Words of people and of checks; a span is no place for a book. */
const LONGEST_WORDS = 1_000;
/** The span that holds all others. */
const WHOLE = 'rollout';
/** Reasons for which a rollout was taken back though nothing was wrong with it. */
const BLAMELESS: ReadonlySet<string> = new Set(['aborted', 'superseded', 'not-the-winner']);

/**
 * The spans of one rollout that have ended.
 *
 * @param events all events of the rollout that are known, the oldest first; nothing is made when the request is not
 *   among them
 */
export function rolloutSpans(track: TrackId, events: readonly SequencedEvent[]): readonly EndedSpan[] {
  const requested = events.find(({ event }) => event.kind === 'rolloutRequested')?.event;
  if (requested?.kind !== 'rolloutRequested') return [];
  const story = new RolloutStory(track, requested);
  for (const { sequence, event } of events) story.enter(event, { at: event.at, endedBy: sequence });
  return story.book.ended;
}

/**
 * A span of something that took place in a rollout and is not among its events; it stands in what was open after them.
 *
 * @param key tells it from every other of the rollout
 */
export function spanWithin(
  track: TrackId,
  events: readonly SequencedEvent[],
  {
    key,
    ...said
  }: Pick<EndedSpan, 'name' | 'startedAt' | 'endedAt' | 'error' | 'attributes'> & {
    readonly key: string;
  },
): EndedSpan | null {
  const requested = events.find(({ event }) => event.kind === 'rolloutRequested')?.event;
  if (requested?.kind !== 'rolloutRequested') return null;
  const story = new RolloutStory(track, requested);
  for (const { sequence, event } of events) story.enter(event, { at: event.at, endedBy: sequence });
  const trace = traceOfRollout(track, requested);
  return {
    ...said,
    context: { ...trace, spanId: spanIdFrom(trace.traceId, requested.id, key) },
    parentSpanId: story.place(),
    isParentRemote: false,
    isTraceGiven: parseTraceParent(requested.trace) !== undefined,
    moments: [],
    endedBy: events.at(-1)?.sequence ?? 0,
  };
}

/** Where the spans of a rollout stand: in the trace of whoever asked for it, or in one of their own. */
export function traceOfRollout(track: TrackId, requested: RolloutRequested): TraceContext {
  const given = parseTraceParent(requested.trace);
  const traceId = given?.traceId ?? traceIdFrom(track, requested.id, String(requested.at));
  const spanId = spanIdFrom(traceId, requested.id, WHOLE);
  return { traceId, spanId, isSampled: given?.isSampled ?? true };
}

/** Follows a rollout from event to event. */
class RolloutStory {
  readonly book: SpanBook;
  readonly #requested: RolloutRequested;
  /** The slot of the present step; null before, between and after steps. */
  #step: string | null = null;

  constructor(track: TrackId, requested: RolloutRequested) {
    this.#requested = requested;
    this.book = new SpanBook({
      trace: traceOfRollout(track, requested),
      subject: requested.id,
      remoteParent: parseTraceParent(requested.trace),
    });
    const attributes = attributesOf(track, requested);
    this.book.begin(WHOLE, { parent: null, name: `rollout ${track}`, at: requested.at, attributes });
  }

  /** The id of the span that what takes place now is part of. */
  place(): string {
    return this.book.spanIdOf(this.#here());
  }

  /** Takes the next event. */
  enter(event: TrackEvent, ending: Ending): void {
    switch (event.kind) {
      case 'rolloutRequested':
        return this.#begin('waiting', 'wait in line', event.at);
      case 'queuedRolloutDropped':
        return this.#finish(ending, 'dropped', event.reason.detail);
      case 'rolloutPlanned':
        this.book.end('waiting', ending);
        return this.#begin('preparing', 'prepare', event.at);
      case 'rolloutStarted':
        this.book.end('preparing', ending);
        return this.#beginStep(0, event.at);
      case 'stepFinished':
        this.#endStep({ ...ending, attributes: { 'sluice.note': shortened(event.note) } });
        return this.#beginStep(event.step + 1, event.at);
      case 'gatesClosed':
      case 'gatesOpened':
        return this.#enterGates(event, ending);
      case 'checksOrdered':
      case 'checkFinished':
        return this.#enterCheck(event, ending);
      case 'rolloutHeld':
      case 'holdEnded':
        return this.#enterHold(event, ending);
      default:
        return this.#enterOrder(event, ending);
    }
  }

  /** Orders to the target and to the router, until they are seen to be carried out. */
  #enterOrder(event: TrackEvent, ending: Ending): void {
    const overtaken = { ...ending, attributes: { 'sluice.overtaken': true } };
    const { endedBy: turn } = ending;
    switch (event.kind) {
      case 'capacityOrdered': {
        const { revision, order } = event;
        this.book.end(`capacity/${revision}`, overtaken);
        const said = { 'sluice.port': 'target', 'sluice.revision': revision };
        const name = order.retiring ? 'retire revision' : 'order instances';
        const attributes = { ...said, 'sluice.instances': order.instances };
        return this.#begin(`capacity/${revision}`, name, event.at, { attributes, turn });
      }
      case 'revisionRetired':
        return this.book.end(`capacity/${event.revision}`, ending);
      case 'splitOrdered': {
        this.book.end('split', overtaken);
        const attributes = { 'sluice.port': 'router', 'sluice.split': shortened(describeEvent(event)) };
        return this.#begin('split', 'order split', event.at, { attributes, turn });
      }
      case 'splitConfirmed':
        return this.book.end('split', ending);
      case 'splitLost':
      case 'voteGiven':
      case 'glassBroken':
      case 'candidateUnhealthy':
      case 'candidateHealthy':
        return this.#note(event);
      default:
        return this.#enterEnd(event, ending);
    }
  }

  /** What forbids that it begins or goes on: approvals, freezes, windows and the like; one span as long as it is the same. */
  #enterGates(event: Extract<TrackEvent, { kind: 'gatesClosed' | 'gatesOpened' }>, ending: Ending): void {
    this.book.end('gates', ending);
    if (event.kind === 'gatesOpened') return;
    const kinds = [...new Set(event.gates.map(({ kind }) => kind))].toSorted().join(', ');
    const attributes = { 'sluice.gates': kinds, 'sluice.detail': shortened(describeEvent(event)) };
    this.#begin('gates', `gates: ${kinds}`, event.at, { attributes, turn: ending.endedBy });
  }

  #enterCheck(event: Extract<TrackEvent, { kind: 'checksOrdered' | 'checkFinished' }>, ending: Ending): void {
    if (event.kind === 'checksOrdered') {
      const attributes = { 'sluice.revision': event.revision };
      for (const name of event.names)
        this.#begin(`check/${event.key}/${name}`, `check ${name}`, event.at, { attributes });
      return;
    }
    const message = shortened(event.message);
    this.book.end(`check/${event.key}/${event.name}`, {
      ...ending,
      error: event.passed ? null : message,
      attributes: { 'sluice.passed': event.passed, 'sluice.message': message },
    });
  }

  #enterHold(event: Extract<TrackEvent, { kind: 'rolloutHeld' | 'holdEnded' }>, ending: Ending): void {
    if (event.kind === 'holdEnded')
      return this.book.end('hold', { ...ending, attributes: { 'sluice.by': event.by } });
    this.book.end('hold', ending);
    this.#note(event);
    const attributes = {
      'sluice.reason': event.reason.kind,
      ...verdictAttribute(event),
      ...('detail' in event.reason ? { 'sluice.detail': shortened(event.reason.detail) } : {}),
    };
    const { endedBy: turn } = ending;
    this.#begin('hold', `hold: ${event.reason.kind}`, event.at, { attributes, turn });
  }

  /** What takes a rollout to its end, forward or back. */
  #enterEnd(event: TrackEvent, ending: Ending): void {
    switch (event.kind) {
      case 'promotionBegun':
        this.#endStep(ending);
        this.#note(event);
        return this.#begin('promotion', 'promote', event.at, { attributes: { 'sluice.by': event.by } });
      case 'rollbackBegun': {
        this.#endStep(ending);
        this.book.end('promotion', ending);
        this.#note(event);
        const { kind, detail } = event.reason;
        const said = { 'sluice.reason': kind, 'sluice.detail': shortened(detail) };
        const attributes = { ...said, ...verdictAttribute(event) };
        return this.#begin('rollback', `roll back: ${kind}`, event.at, { attributes });
      }
      case 'rollbackBlocked':
        this.#note(event);
        return this.#begin('stuck', 'stuck', event.at, { turn: ending.endedBy });
      case 'rollbackResumed':
        return this.book.end('stuck', { ...ending, attributes: { 'sluice.by': event.by } });
      case 'rolloutSucceeded':
        return this.#finish(ending, 'succeeded', event.note);
      case 'rolloutRolledBack':
        return this.#finish(ending, 'rolled-back', null);
      default:
    }
  }

  #beginStep(index: number, at: Instant): void {
    const step = this.#requested.plan.steps[index];
    if (step === undefined) return;
    const slot = `step/${index}`;
    const words = shortened(describeStep(step));
    const attributes = {
      'sluice.step': index + 1,
      'sluice.step.kind': step.kind,
      'sluice.step.words': words,
    };
    this.#begin(slot, `step ${index + 1}: ${step.kind}`, at, { attributes });
    this.#step = slot;
  }

  /** Ends the present step; before it a hold, and orders of instances: the step has seen them to be there. */
  #endStep(ending: Ending): void {
    const { at, endedBy } = ending;
    this.book.end('hold', { at, endedBy });
    this.book.end('gates', { at, endedBy });
    const step = this.#step;
    if (step === null) return;
    for (const slot of this.book.slots())
      if (slot.startsWith('capacity/') && this.book.isWithin(slot, step))
        this.book.end(slot, { at, endedBy });
    this.book.end(step, ending);
    this.#step = null;
  }

  /** Ends everything, the whole last. */
  #finish(
    { at, endedBy }: Ending,
    outcome: 'succeeded' | 'rolled-back' | 'dropped',
    words: string | null,
  ): void {
    const { 'sluice.reason': reason, 'sluice.detail': detail } = this.book.attributesOf('rollback') ?? {};
    const isBlamed = outcome === 'rolled-back' && !BLAMELESS.has(String(reason));
    for (const slot of this.book.slots().toReversed())
      if (slot !== WHOLE) this.book.end(slot, { at, endedBy });
    const told = words === null ? detail : shortened(words);
    this.book.end(WHOLE, {
      at,
      endedBy,
      error: isBlamed ? String(detail) : null,
      attributes: {
        'deployment.status': outcome === 'succeeded' ? 'succeeded' : 'failed',
        'sluice.outcome': outcome,
        ...(reason === undefined ? {} : { 'sluice.reason': reason }),
        ...(told === undefined ? {} : { 'sluice.detail': told }),
      },
    });
  }

  #begin(
    slot: string,
    name: string,
    at: Instant,
    { attributes = {}, turn }: { readonly attributes?: SpanAttributes; readonly turn?: number } = {},
  ): void {
    const isPart = !slot.startsWith('step/') && slot !== 'rollback' && slot !== 'promotion';
    const parent = isPart ? this.#here() : WHOLE;
    this.book.begin(slot, { parent, name, at, attributes, ...(turn === undefined ? {} : { turn }) });
  }

  /** What something is part of: the step, the way back, the promotion, or the whole. */
  #here(): string {
    if (this.#step !== null) return this.#step;
    const open = this.book.slots();
    return ['rollback', 'promotion'].find((slot) => open.includes(slot)) ?? WHOLE;
  }

  #note(event: TrackEvent): void {
    const moment = { at: event.at, name: event.kind, words: shortened(describeEvent(event)) };
    if (this.#step !== null) this.book.note(this.#step, moment);
    this.book.note(WHOLE, moment);
  }
}

function attributesOf(track: TrackId, requested: RolloutRequested): SpanAttributes {
  const [application = '', environment = '', component = ''] = track.split('/');
  return {
    'deployment.id': requested.id,
    'deployment.name': track,
    'deployment.environment.name': environment,
    'service.version': requested.revision.version,
    'sluice.application': application,
    'sluice.component': component,
    'sluice.revision': requested.revision.id,
    'sluice.strategy': requested.plan.strategy,
    'sluice.lane': requested.lane,
    'sluice.requested_by': requested.by,
  };
}

function verdictAttribute(event: TrackEvent): SpanAttributes {
  const verdict = verdictOf(event);
  return verdict === undefined ? {} : { 'sluice.verdict': verdict };
}

const shortened = (words: string): string =>
  words.length <= LONGEST_WORDS ? words : `${words.slice(0, LONGEST_WORDS - 1)}…`;
