import { EXIT_MEANINGS } from '../exit-codes.ts';
import { aligned } from './table.ts';

/** The numbers that commands end with and what they mean, as text. */
export function exitCodesText(): string {
  const rows = EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]);
  const lines = aligned([{ align: 'right' }, {}], rows).map((line) => `  ${line}`);
  return `Commands end with\n\n${lines.join('\n')}\n`;
}
