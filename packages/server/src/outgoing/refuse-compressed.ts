import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Dispatcher } from 'undici';

/**
 * Ends answers that are compressed: nobody here asks for them, and unpacked they may be a thousand times what was counted on
 * the way.
 */
export const refuseCompressed: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch(options, uncompressed(handler));

type Handler = Dispatcher.DispatchHandler;

const uncompressed = (handler: Handler): Handler => ({
  onRequestStart: (...told) => handler.onRequestStart?.(...told),
  onRequestUpgrade: (...told) => handler.onRequestUpgrade?.(...told),
  onResponseStart: (controller, status, headers, message) => {
    const encoding = String(headers['content-encoding'] ?? '').toLowerCase();
    if (encoding === '' || encoding === 'identity')
      handler.onResponseStart?.(controller, status, headers, message);
    else controller.abort(compressed(encoding));
  },
  onResponseData: (...told) => handler.onResponseData?.(...told),
  onResponseEnd: (...told) => handler.onResponseEnd?.(...told),
  onResponseError: (...told) => handler.onResponseError?.(...told),
});

const compressed = (encoding: string): SluiceError =>
  new SluiceError(
    'invalid-reply',
    `the answer is compressed (${encoding.slice(0, 40)}), which was not asked for`,
    { next: 'ask-human' },
  );
