/** An article as it comes in. */
export interface Article {
  readonly title: string;
  readonly text: string;
}

/** One line of a page. */
export interface Story {
  readonly headline: string;
  readonly words: number;
}

/** What somebody in the newsroom is asked to do. */
export type Order =
  | { readonly do: 'report'; readonly article: Article }
  /** Has every article reported, and a page made of it. */
  | { readonly do: 'plan'; readonly title: string; readonly articles: readonly Article[] }
  /** Makes a page of what came of the reports. */
  | { readonly do: 'page'; readonly title: string; readonly stories: readonly (Story | null)[] }
  /** Takes a page back. */
  | { readonly do: 'withdraw'; readonly page: unknown };

const WHAT: readonly string[] = ['report', 'plan', 'page', 'withdraw'];

/**
 * Makes an order of what a task brings.
 * @throws TypeError when it is none; the worker tells it as a failure of class `input`
 */
export function parseOrder(value: unknown): Order {
  const { do: what } = Object(value) as { do?: unknown };
  if (typeof what !== 'string' || !WHAT.includes(what))
    throw new TypeError(`an order says in \`do\` what it is: ${WHAT.join(', ')}`);
  return value as Order;
}
