import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** google.rpc.RetryInfo, as messages of any type name it. */
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/**
 * The trailers by which a refused call says when it may be tried again: for clients that look into the details of a status
 * (google.rpc.RetryInfo, AIP-194), and for the retries that gRPC does by itself (`grpc-retry-pushback-ms`, gRFC A6).
 */
export function retryTrailers(code: number, message: string, seconds: number): Record<string, string> {
  const info = new BinaryWriter();
  embedded(info, 1, (delay) => delay.tag(1, WireType.Varint).int64(seconds));
  const status = new BinaryWriter();
  status.tag(1, WireType.Varint).int32(code);
  status.tag(2, WireType.LengthDelimited).string(message);
  embedded(status, 3, (any) =>
    any
      .tag(1, WireType.LengthDelimited)
      .string(RETRY_INFO)
      .tag(2, WireType.LengthDelimited)
      .bytes(info.finish()),
  );
  return {
    'grpc-retry-pushback-ms': String(seconds * 1000),
    // Without padding, as gRPC asks implementations to write it.
    'grpc-status-details-bin': Buffer.from(status.finish()).toString('base64').replace(/=+$/, ''),
  };
}

function embedded(writer: BinaryWriter, field: number, write: (inner: BinaryWriter) => unknown): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}
