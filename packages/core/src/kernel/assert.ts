/** Stops one subject when the program itself is wrong; on in production. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}

/** Makes a `switch` exhaustive at compile time, and names the value if the types were lied to. */
export function never(value: never, where: string): never {
  throw new Error(`bug: ${where} met an impossible value ${JSON.stringify(value)}`);
}
