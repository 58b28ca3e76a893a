import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code, type ConnectRouter } from '@connectrpc/connect';
import {
  type ServerReflectionRequest,
  ServerReflection as ReflectionV1,
} from '@sluice/protocol/generated/grpc/reflection/v1/reflection_pb.js';
import {
  type ServerReflectionRequest as RequestV1Alpha,
  ServerReflection as ReflectionV1Alpha,
} from '@sluice/protocol/generated/grpc/reflection/v1alpha/reflection_pb.js';

/** Tells tools what is served, in both versions of the protocol, which differ by their name alone. */
export function reflectionServices(router: ConnectRouter, services: readonly DescService[]): void {
  const shown = [...services, ReflectionV1, ReflectionV1Alpha];
  const answer = answering(shown);
  router.service(ReflectionV1, {
    serverReflectionInfo: async function* reflecting(requests) {
      for await (const request of requests)
        yield {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answer(request.messageRequest),
        };
    },
  });
  router.service(ReflectionV1Alpha, {
    serverReflectionInfo: async function* reflecting(requests) {
      for await (const request of requests)
        yield {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answer(request.messageRequest),
        };
    },
  });
}

function answering(services: readonly DescService[]) {
  const files = new Map<string, DescFile>();
  for (const { file } of services) addFile(files, file);
  const symbols = symbolsIn([...files.values()]);
  return (asked: (ServerReflectionRequest | RequestV1Alpha)['messageRequest']) => {
    switch (asked.case) {
      case 'listServices': {
        const service = services.map(({ typeName: name }) => ({ name }));
        return { case: 'listServicesResponse', value: { service } } as const;
      }
      case 'fileByFilename':
        return fileAnswer(files.get(asked.value), asked.value);
      case 'fileContainingSymbol':
        return fileAnswer(symbols.get(asked.value), asked.value);
      case 'allExtensionNumbersOfType':
        return symbols.has(asked.value)
          ? ({ case: 'allExtensionNumbersResponse', value: { baseTypeName: asked.value } } as const)
          : notFound(asked.value);
      case 'fileContainingExtension':
        return notFound(`an extension of ${asked.value.containingType}`);
      default:
        return error(Code.InvalidArgument, 'The request asks for nothing.');
    }
  };
}

/** A file comes with everything that it imports, so that nobody has to ask again. */
function fileAnswer(file: DescFile | undefined, asked: string) {
  if (file === undefined) return notFound(asked);
  const needed = new Map<string, DescFile>();
  addFile(needed, file);
  const fileDescriptorProto = [...needed.values()].map(({ proto }) =>
    toBinary(FileDescriptorProtoSchema, proto),
  );
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } } as const;
}

/** The names of descriptors have no ending, those of files have. */
const fileName = (file: DescFile): string => file.proto.name;

function addFile(files: Map<string, DescFile>, file: DescFile): void {
  if (files.has(fileName(file))) return;
  files.set(fileName(file), file);
  for (const dependency of file.dependencies) addFile(files, dependency);
}

function symbolsIn(files: readonly DescFile[]): ReadonlyMap<string, DescFile> {
  const symbols = new Map<string, DescFile>();
  for (const file of files) {
    const messages = [...file.messages];
    for (const message of messages) {
      messages.push(...message.nestedMessages);
      for (const { typeName } of [message, ...message.nestedEnums]) symbols.set(typeName, file);
    }
    for (const { typeName } of [...file.enums, ...file.services]) symbols.set(typeName, file);
    for (const service of file.services)
      for (const method of service.methods) symbols.set(`${service.typeName}.${method.name}`, file);
  }
  return symbols;
}

const notFound = (what: string) => error(Code.NotFound, `Nothing of the name ${what} is served.`);

const error = (errorCode: Code, errorMessage: string) =>
  ({ case: 'errorResponse', value: { errorCode, errorMessage } }) as const;
