import type { EndedSpan } from './span-book.ts';

/** What became of spans that were sent. `refused` will be refused again, so that nobody should wait for it. */
export type Sent =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'failed' | 'refused'; readonly message: string };

/** Takes spans to whoever keeps them. */
export interface SpanSender {
  /** Whether traces of this id are wanted, by the sampler that is configured. */
  wants(trace: {
    readonly traceId: string;
    readonly isSampled: boolean;
    readonly hasParent: boolean;
  }): boolean;
  /** Sends spans; never rejects. */
  send(spans: readonly EndedSpan[]): Promise<Sent>;
}
