/** Whether KEYTURN_LOAD asks for the full load, as `npm run test:rotation` does. It takes some seconds for each client. */
export const isFullLoad: boolean = process.env['KEYTURN_LOAD'] === 'full';

/**
 * How often the credential rotates in a load: 120 times, or as often as KEYTURN_ROTATIONS says (a multiple of 20). 12 times are
 * enough for every wrong client to be found out.
 */
export const rotations: number = isFullLoad ? Number(process.env['KEYTURN_ROTATIONS'] ?? 120) : 12;

/**
 * How often the credential rotates in each of the loads that one test puts on a client: one load where its connections may last.
 * @param isBrief whether the sessions of the client have to be brief
 */
export function loadsOf(isBrief = false): readonly number[] {
  const most = Math.min(20, rotations);
  return isBrief ? Array.from({ length: rotations / most }, () => most) : [rotations];
}

/** For one test. Generous: loads that take seconds on an idle machine take ten times as long on a busy one. */
export const timeoutMs = 120_000;
