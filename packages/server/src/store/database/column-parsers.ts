import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type CustomTypesConfig, types } from 'pg';

const { INT8, TIMESTAMPTZ } = types.builtins;

/** How columns become values: bigint a number, timestamptz milliseconds since 1970; jsonb is parsed by `pg`. */
export const COLUMN_PARSERS: CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary' = 'text') => {
    if (oid === INT8) return parseInteger;
    if (oid === TIMESTAMPTZ) return parseInstant;
    return types.getTypeParser(oid, format);
  }) as typeof types.getTypeParser,
};

/**
 * A bigint as a number.
 * @throws SluiceError `invalid-reply` beyond 2^53, where a number would be off by one
 */
export function parseInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new SluiceError(
    'invalid-reply',
    `Reading a bigint from the database failed: ${text} is beyond 2^53.`,
    {
      next: 'stop',
    },
  );
}

const parseDate = types.getTypeParser(TIMESTAMPTZ);

function parseInstant(text: string): Instant {
  return parseDate(text).getTime();
}
