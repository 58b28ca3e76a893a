import type { ServiceImpl } from '@connectrpc/connect';
import type {
  PayloadHeader,
  PayloadService,
  UploadPayloadRequest,
} from '@sluice/protocol/generated/sluice/agents/v1/payloads_pb.js';
import { refuse } from '@sluice/core/kernel/result.ts';
import type { Payloads } from '../../payloads/stored-payloads.ts';
import { fenceIn } from './attempt-fence.ts';
import { refusalError, valueOf } from './call-error.ts';

/** Takes and gives payloads in pieces. */
export const payloadService = (payloads: Payloads): ServiceImpl<typeof PayloadService> => ({
  uploadPayload: async (requests, { signal }) => {
    const parts = requests[Symbol.asyncIterator]();
    const { value: first } = await parts.next();
    const { mediaType, attempt } = headerIn(first);
    const upload = {
      mediaType: mediaType === '' ? 'application/json' : mediaType,
      fence: attempt ? valueOf(fenceIn(attempt)) : null,
    };
    const kept = valueOf(await payloads.keep(chunksIn(parts, signal), upload));
    return { payload: kept.payload, bytes: BigInt(kept.bytes) };
  },
  downloadPayload: async function* downloading({ payload }, { signal }) {
    const opened = valueOf(await payloads.open(payload));
    const { bytes, mediaType } = opened;
    yield { part: { case: 'description', value: { payload, mediaType, bytes: BigInt(bytes) } } };
    for await (const chunk of opened.read()) {
      signal.throwIfAborted();
      yield { part: { case: 'chunk', value: new Uint8Array(chunk) } };
    }
  },
});

function headerIn(first: UploadPayloadRequest | undefined): PayloadHeader {
  if (first?.part.case === 'header') return first.part.value;
  throw refusalError(
    refuse(
      'invalid-payload',
      'The upload does not begin with its header.',
      'Send the header in the first message, and chunks after it.',
    ).refusal,
  );
}

async function* chunksIn(
  parts: AsyncIterator<UploadPayloadRequest>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let next = await parts.next(); next.done !== true; next = await parts.next())
    if (next.value.part.case === 'chunk') yield next.value.part.value;
  // A sender that has gone has sent a part.
  signal.throwIfAborted();
}
