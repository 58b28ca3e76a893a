/** Gives a text to the viewer as a file. */
export function download(name: string, pieces: readonly string[], mediaType: string): void {
  const address = URL.createObjectURL(new Blob([...pieces], { type: mediaType }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
