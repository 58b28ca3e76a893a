/** Who can reach the API; said in every health answer and in the log. */
export const EXPOSURE =
  'Listens on the loopback address, and elsewhere over TLS alone where it was told to. Whoever asks has to say who they are.';
