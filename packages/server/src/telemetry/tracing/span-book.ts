import type { Instant } from '@sluice/core/kernel/instant.ts';
import { spanIdFrom, type TraceContext } from './trace-context.ts';

/** What a span says beside its name and times. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span that has ended. */
export interface EndedSpan {
  readonly context: TraceContext;
  /** Null for the first span of a trace. */
  readonly parentSpanId: string | null;
  /** The parent was made by somebody else. */
  readonly isParentRemote: boolean;
  /** The trace was begun by somebody else, who says whether it is kept. */
  readonly isTraceGiven: boolean;
  readonly name: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** What went wrong; null where nothing did. */
  readonly error: string | null;
  readonly attributes: SpanAttributes;
  readonly moments: readonly { readonly at: Instant; readonly name: string; readonly words: string }[];
  /** The sequence number of the event that ended it. */
  readonly endedBy: number;
}

/** A span that begins. */
export interface Beginning {
  /** The slot of the open span that it is a part of; null for the one that holds all others. */
  readonly parent: string | null;
  readonly name: string;
  readonly at: Instant;
  readonly attributes: SpanAttributes;
  /** Tells spans that use one slot, one after the other, apart. */
  readonly turn?: number;
}

/** What ends a span. */
export interface Ending {
  readonly at: Instant;
  readonly endedBy: number;
  readonly error?: string | null;
  readonly attributes?: SpanAttributes;
}

/** A moment within a span. */
export type SpanMoment = EndedSpan['moments'][number];

/** A span that has begun and not ended. */
interface OpenSpan extends Omit<Beginning, 'parent' | 'turn'> {
  readonly key: string;
  readonly parentKey: string | null;
  readonly moments: SpanMoment[];
}

/** Where a trace stands: its name, who it belongs to, and under whose span. */
export interface SpanRoot {
  readonly trace: TraceContext;
  /** Names what the spans are about; part of their ids. */
  readonly subject: string;
  /** The span of somebody else under which the first one stands. */
  readonly remoteParent: TraceContext | undefined;
}

/** Spans of one thing that begin and end as its events say. A slot holds one open span at a time. */
export class SpanBook {
  readonly ended: EndedSpan[] = [];
  readonly #open = new Map<string, OpenSpan>();
  readonly #root: SpanRoot;

  constructor(root: SpanRoot) {
    this.#root = root;
  }

  /** The slots of spans that are open, the first begun first. */
  slots(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** What an open span said when it began. */
  attributesOf(slot: string): SpanAttributes | undefined {
    return this.#open.get(slot)?.attributes;
  }

  /** The id of an open span, or of the one that would be in the slot first. */
  spanIdOf(slot: string): string {
    return this.#spanId(this.#open.get(slot)?.key ?? slot);
  }

  /** Whether an open span is a part of the one in a slot. */
  isWithin(slot: string, parent: string): boolean {
    const within = this.#open.get(slot)?.parentKey;
    return within !== undefined && within === this.#open.get(parent)?.key;
  }

  /** Opens a span; one that is open in the slot is forgotten. */
  begin(slot: string, { parent, turn, ...said }: Beginning): void {
    const key = turn === undefined ? slot : `${slot}/${turn}`;
    const parentKey = parent === null ? null : (this.#open.get(parent)?.key ?? parent);
    this.#open.delete(slot);
    this.#open.set(slot, { ...said, key, parentKey, moments: [] });
  }

  /** Notes what happened within an open span. */
  note(slot: string, moment: SpanMoment): void {
    this.#open.get(slot)?.moments.push(moment);
  }

  /** Ends the span in a slot, if one is open. */
  end(slot: string, { at, endedBy, error = null, attributes = {} }: Ending): void {
    const open = this.#open.get(slot);
    if (open === undefined) return;
    this.#open.delete(slot);
    const { remoteParent, trace } = this.#root;
    this.ended.push({
      context: { ...trace, spanId: this.#spanId(open.key) },
      parentSpanId: open.parentKey === null ? (remoteParent?.spanId ?? null) : this.#spanId(open.parentKey),
      isParentRemote: open.parentKey === null && remoteParent !== undefined,
      isTraceGiven: remoteParent !== undefined,
      name: open.name,
      startedAt: open.at,
      // Servers that follow each other may have clocks that do not.
      endedAt: Math.max(open.at, at),
      error,
      attributes: { ...open.attributes, ...attributes },
      moments: open.moments,
      endedBy,
    });
  }

  #spanId(key: string): string {
    return spanIdFrom(this.#root.trace.traceId, this.#root.subject, key);
  }
}
