/** One generated file: where it lies and how its text is made. */
export interface Generator {
  /** Path relative to the repository, with forward slashes. */
  readonly path: string;
  /** Makes the whole text of the file; the same sources always give the same text. */
  readonly produce: () => string | Promise<string>;
}
