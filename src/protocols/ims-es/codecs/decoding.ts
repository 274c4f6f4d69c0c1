import { type Problem, problem } from '../../../base/problem.ts';
import type { ImsEsSettings } from '../../../roster/index.ts';

/** What a decoder has to know beside the element. */
export interface Decoding {
  /** Namespace of the keys that references become. */
  readonly namespace: string;
  /** The tenant's own limits on texts. */
  readonly lengths: ImsEsSettings['lengths'];
}

/** The problem `too-long` where a text has more characters (code points) than the limit; null is no limit. */
export function tooLong(text: string, limit: number | null, field: string): Problem | undefined {
  if (limit === null || text.length <= limit) return undefined;
  const { length } = Array.from(text);
  if (length <= limit) return undefined;
  return problem('too-long', `has ${length} characters; ${limit} are allowed`, { field });
}
