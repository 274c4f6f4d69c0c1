import { type Problem, problem } from '../../base/problem.ts';

/** What an SFTP server said no to, or that it said nothing any more. */
export class RemoteFailed extends Error {
  readonly problem: Problem;
  /** The status of the answer; undefined where there was none. */
  readonly status: number | undefined;

  constructor(told: Problem, status?: number) {
    super(told.text);
    this.name = 'RemoteFailed';
    this.problem = told;
    this.status = status;
  }
}

/** Statuses of SFTP (draft-ietf-secsh-filexfer-02, section 7). */
export const noSuchFile = 2;
const permissionDenied = 3;

/** A failure for what a server answered, whose own words are never shown. */
export function answered(status: number | undefined): RemoteFailed {
  if (status === noSuchFile)
    return failure('There is no such file or folder on the server; check sftpPull.path.', status);
  if (status === permissionDenied)
    return failure('The account may not do this on the server; check its rights.', status);
  return failure(`The server answered with the SFTP status ${String(status ?? 'unknown')}.`, status);
}

const failure = (text: string, status: number | undefined) => new RemoteFailed(problem('conflict', text), status);
