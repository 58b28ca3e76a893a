/** A moment, in milliseconds since 1970-01-01T00:00:00Z. Always a parameter in core, never read from a clock. */
export type Instant = number;
