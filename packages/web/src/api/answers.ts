/**
 * Purpose: what the API has answered, kept by question, shared by everything on the page that asks the same.
 *
 * 1. One question is under way once, whoever asks. 2. An answer is shown until a newer one is there, so that nothing
 * flickers; a failure is told beside the old answer, never instead of it. 3. What nobody looks at is forgotten.
 */
import type { ApiFailure, ApiReply } from '@sluice/protocol/http/api-call.ts';

/** What is known of one question. */
export interface Answer<Value> {
  readonly value: Value | undefined;
  /** Why the last asking brought nothing; null when it brought the value. */
  readonly failure: ApiFailure | null;
  /** When the value came, in milliseconds since the epoch. */
  readonly at: number;
}

/** A question to the API: its name, and how it is asked. */
export interface Question<Value> {
  /** Equal names are the same question; `rollout:ID`, `track:ID`, `tracks`. */
  readonly name: string;
  readonly ask: () => Promise<ApiReply<Value>>;
}

const UNASKED: Answer<never> = { value: undefined, failure: null, at: 0 };
/** Answers that nobody looks at, for going back without a flicker. */
const IDLE_LIMIT = 100;

interface Entry {
  answer: Answer<unknown>;
  question: Question<unknown>;
  isAsking: boolean;
  isStale: boolean;
  readonly watchers: Set<() => void>;
}

/** Keeps the answers of one page. */
export class Answers {
  readonly #entries = new Map<string, Entry>();

  /** What is known now; the same object until something changes. */
  read<Value>(question: Question<Value>): Answer<Value> {
    return (this.#entries.get(question.name)?.answer ?? UNASKED) as Answer<Value>;
  }

  /** Asks where nothing is known or what is known is old, and calls back on every change until the end is called. */
  watch(question: Question<unknown>, changed: () => void): () => void {
    const entry = this.#entryOf(question);
    entry.watchers.add(changed);
    if (entry.isStale) void this.#ask(entry);
    return () => {
      entry.watchers.delete(changed);
      if (entry.watchers.size === 0) this.#retire(entry);
    };
  }

  /** Puts an answer in place that came on another way. */
  put<Value>(name: string, value: Value): void {
    const entry = this.#entries.get(name);
    if (entry) settle(entry, { value, failure: null, at: Date.now() });
  }

  /** Asks again what somebody looks at; everything else is asked when it is looked at next. */
  renew(isMeant: (name: string) => boolean = () => true): void {
    for (const entry of this.#entries.values()) {
      if (!isMeant(entry.question.name)) continue;
      entry.isStale = true;
      if (entry.watchers.size > 0) void this.#ask(entry);
    }
  }

  #entryOf(question: Question<unknown>): Entry {
    const known = this.#entries.get(question.name);
    if (known) {
      known.question = question;
      if (known.watchers.size === 0) known.isStale = true;
      return known;
    }
    const entry: Entry = { answer: UNASKED, question, isAsking: false, isStale: true, watchers: new Set() };
    this.#entries.set(question.name, entry);
    return entry;
  }

  async #ask(entry: Entry): Promise<void> {
    if (entry.isAsking) return;
    entry.isAsking = true;
    entry.isStale = false;
    const reply = await entry.question.ask();
    entry.isAsking = false;
    if (reply.ok) settle(entry, { value: reply.value, failure: null, at: Date.now() });
    else settle(entry, { ...entry.answer, failure: reply.failure });
    // Somebody said meanwhile that the world has moved on.
    if (entry.isStale && entry.watchers.size > 0) await this.#ask(entry);
  }

  #retire(entry: Entry): void {
    this.#entries.delete(entry.question.name);
    this.#entries.set(entry.question.name, entry);
    const idle = [...this.#entries.values()].filter(({ watchers }) => watchers.size === 0);
    for (const old of idle.slice(0, Math.max(0, idle.length - IDLE_LIMIT))) {
      this.#entries.delete(old.question.name);
    }
  }
}

function settle(entry: Entry, answer: Answer<unknown>): void {
  entry.answer = answer;
  for (const changed of [...entry.watchers]) changed();
}
