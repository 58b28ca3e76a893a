import type { Diagnostic } from './diagnostic.ts';

/** Something said of a line of another file. */
export interface ManifestPlace {
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

/** What is said of manifests, as diagnostics of those files; of their places only the line is known. */
export const manifestDiagnostics = (places: readonly ManifestPlace[]): readonly Diagnostic[] =>
  places.map(({ file, line, path, message }) => ({
    file,
    line,
    column: 1,
    endColumn: 1,
    path: path === '' ? 'the file' : path,
    message: path === '' ? message : `${path}: ${message}`,
  }));
