import { SluiceError } from '@sluice/core/kernel/failure.ts';

/**
 * Reads a body to its end as UTF-8.
 * @throws SluiceError `exhausted` when it is longer than `mostBytes`
 */
export async function readLimited(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > mostBytes)
      throw new SluiceError('exhausted', `the answer is longer than ${mostBytes / (1024 * 1024)} MiB`, {
        next: 'ask-human',
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
