import { execFileSync } from 'node:child_process';

/** A Python that can speak gRPC, and what makes code for it of .proto files: `grpc_tools`, or `protoc` and its plugin. */
export interface PythonWithGrpc {
  readonly python: string;
  readonly generator: 'grpc_tools' | 'protoc';
}

/** Debian's own Python stands here, also where another one comes first on the path. */
const pythons = ['python3', '/usr/bin/python3'];

const probeTimeoutMs = 20_000;

/**
 * Looks for a Python with grpcio and for a way to generate code: `SLUICE_TEST_PYTHON` and nothing else where it is set,
 * otherwise the usual one, then the one of the system. Null when there is none.
 */
export function findPythonWithGrpc(named = process.env['SLUICE_TEST_PYTHON']): PythonWithGrpc | null {
  for (const python of named === undefined || named === '' ? pythons : [named]) {
    if (!succeeds(python, ['-c', 'import grpc, google.protobuf'])) continue;
    // The newest tools generate for the newest grpcio, and were installed together with it.
    if (succeeds(python, ['-c', 'import grpc_tools.protoc'])) return { python, generator: 'grpc_tools' };
    if (hasProtoc()) return { python, generator: 'protoc' };
  }
  return null;
}

/** Generates modules for messages and services of `.proto` files into `into`; throws what the generator says. */
export function generatePython(
  { python, generator }: PythonWithGrpc,
  { from, into, files }: { readonly from: string; readonly into: string; readonly files: readonly string[] },
): void {
  const rest = ['-I', from, `--python_out=${into}`, `--grpc_python_out=${into}`, ...files];
  if (generator === 'grpc_tools') execFileSync(python, ['-m', 'grpc_tools.protoc', ...rest]);
  else execFileSync('protoc', [`--plugin=protoc-gen-grpc_python=${pluginPath()}`, ...rest]);
}

/** Whether protoc is here with the messages that every file imports, which Debian has in another package, and its plugin. */
function hasProtoc(): boolean {
  const compiles = ['--descriptor_set_out=/dev/null', 'google/protobuf/struct.proto'];
  return succeeds('protoc', compiles) && pluginPath() !== '';
}

function pluginPath(): string {
  try {
    return execFileSync('sh', ['-c', 'command -v grpc_python_plugin'], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

function succeeds(program: string, commandArguments: readonly string[]): boolean {
  try {
    execFileSync(program, commandArguments, { stdio: 'ignore', timeout: probeTimeoutMs });
    return true;
  } catch {
    return false;
  }
}
