import { S3ServiceException } from '@aws-sdk/client-s3';
import { type Problem, problem } from '../../base/problem.ts';
import { OutboundFailed } from '../../wire/index.ts';

/** What S3 calls the faults that have words of their own here; texts of servers are never shown. */
const texts: Readonly<Record<string, string>> = {
  SignatureDoesNotMatch: 'The secret access key does not belong to the access key; set s3.secretAccessKey again.',
  InvalidAccessKeyId: 'The S3 service does not know the access key; check s3.accessKeyId.',
  RequestTimeTooSkewed: 'The clocks of the gateway and of the S3 service differ by too much; set the clock.',
  NoSuchBucket: 'There is no such bucket; check s3.bucket and s3.endpoint.',
  AuthorizationHeaderMalformed: 'The bucket is in another region; set s3.region.',
  PermanentRedirect: 'The bucket is at another address or in another region; check s3.endpoint and s3.region.',
  InvalidObjectState: 'The object lies in an archive class and must be restored before it can be read.',
};

const byStatus: Readonly<Record<number, string>> = {
  301: texts['PermanentRedirect'] as string,
  307: texts['PermanentRedirect'] as string,
  400: 'The S3 service does not take the request; check s3.region and the other settings of s3.',
  403: 'The S3 service does not allow it; check the credentials, and what their policy allows (s3:ListBucket, s3:GetObject).',
  404: 'The S3 service finds nothing there: check s3.bucket, s3.accessKeyId and s3.endpoint.',
};

/** The status that an S3 service answered with; undefined where there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/**
 * The problem of a call that failed: `conflict` (settings, rights), `busy` (no answer, or the service is at fault), or what
 * the guarded way out says of the address. Throws what is no failure of a call.
 */
export function s3Problem(error: unknown): Problem {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof OutboundFailed) return at.problem;
  const status = statusOf(error);
  if (status === undefined) {
    // An answer that is no S3 at all: the SDK cannot read it.
    if (error instanceof Error && '$response' in error) return problem('conflict', notS3);
    throw error;
  }
  if (status === 412) return problem('busy', 'The object has changed since it was seen; it is looked at again.');
  const text = texts[(error as S3ServiceException).name] ?? byStatus[status];
  if (text !== undefined) return problem('conflict', text);
  return problem('busy', `The S3 service answered with status ${status}.`);
}

const notS3 = 'What answered is no S3 service; check s3.endpoint.';
