import type { HeldGeneration } from '@sluice/core/kernel/held-generation.ts';

const OVERTAKEN = /\bgeneration (\d{1,16}) has already given orders/;
const REUSED = /^Generation (\d{1,16}) has already ordered/;

/** Reads it from a host's refusal, which says it in words only; undefined for every other refusal. */
export function heldGeneration(refusal: {
  readonly code: string;
  readonly message: string;
}): HeldGeneration | undefined {
  const { code, message } = refusal;
  if (code === 'stale-generation') return held(OVERTAKEN.exec(message), false);
  return code === 'generation-reused' ? held(REUSED.exec(message), true) : undefined;
}

const held = (found: RegExpExecArray | null, isReused: boolean): HeldGeneration | undefined =>
  found === null ? undefined : { heldGeneration: Number(found[1]), isReused };
