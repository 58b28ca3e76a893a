/** What agents may remember. */
export const MEMORY_LIMITS = {
  /** Of one value, or one line, in bytes of JSON. */
  valueBytes: 64 * 1024,
  /** Keys of one scope. */
  keys: 10_000,
  /** Of one scope, in bytes of values, keys and vectors. */
  scopeBytes: 16 * 1024 * 1024,
  /** Lines of one key. */
  lines: 10_000,
  /** Of everything that the agents of one tenant remember, in bytes; looked at every few seconds, so that it is no sharp bound. */
  tenantBytes: 1024 * 1024 * 1024,
  /** Numbers of a vector. */
  dimensions: 4096,
  /** What is asked to be remembered for a shorter time is no memory, in ms. */
  shortestMs: 1_000,
  /** Ten years: whoever wants more wants for ever, in ms. */
  longestMs: 3_650 * 86_400_000,
  /** What a session remembers is forgotten so long after it was written, unless something else was said, in ms. */
  sessionMs: 30 * 86_400_000,
  /** Entries or lines of one answer. */
  page: 1_000,
  /**
   * Of the values of one answer together, in bytes of JSON; one at least is given. What a page holds becomes messages of many
   * times its size in memory, and the server has one memory for all.
   */
  pageBytes: 1024 * 1024,
  /** What one search finds at most. */
  found: 100,
  /** Of what is searched for, in characters. */
  query: 1_000,
  /** Of a value that can be searched, in characters of its texts. */
  searched: 50_000,
} as const;
