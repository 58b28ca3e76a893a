/** Who can reach the API; said in every health answer and in the log. */
export const EXPOSURE =
  'Listens on the loopback address alone; others come through a proxy that speaks TLS. Whoever asks has to say who they are.';
