/** Who can reach the API; said in every health answer and in the log. */
export const EXPOSURE =
  'Listens on loopback only, and for this machine only, until access control exists; whoever can connect may do everything.';
