import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { Agent, type Dispatcher, request } from 'undici';
import { MEASURED } from './measured.ts';
import { numbersFrom } from './queue-under-test.ts';

const usual = new Agent({ connections: 4 });

/** Tasks over the HTTP API, as anybody submits them. */
export async function submitOverHttp(
  url: string,
  first: number,
  count: number,
  dispatcher: Dispatcher = usual,
): Promise<void> {
  const { statusCode, body } = await request(`${url}/api/v1/tracks/${MEASURED.queue}/tasks`, {
    ...{ dispatcher, method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ tasks: numbersFrom(first, count).map((number) => ({ input: { number } })) }),
  });
  const text = await body.text();
  if (statusCode !== 202)
    throw new SluiceError('unexpected', `tasks were not taken: ${statusCode} ${text.slice(0, 300)}`, {
      next: 'stop',
    });
}
