import { oneRosterWords, vocabularyWord } from '../oneroster.ts';
import type { AssessmentResult } from './assessment-result.ts';
import type { Result } from './result.ts';

/** What a score is told by. */
type Scored = Pick<Result & AssessmentResult, 'score' | 'textScore' | 'scoreStatus'>;

/** The status of a score, which OneRoster requires: the sender's, else by whether there is a score. */
export function scoreStatusOf({ scoreStatus, score, textScore }: Scored): string {
  if (scoreStatus) return vocabularyWord(oneRosterWords.scoreStatus, scoreStatus);
  return score === undefined && !textScore ? 'not submitted' : 'fully graded';
}

/** The score as 1.1 requires it: a number; that of the text where it is one, else 0. */
export function score1p1({ score, textScore }: Scored): number {
  return finite(score) ?? finite(textScore?.trim() ? Number(textScore) : undefined) ?? 0;
}

/** A number that JSON can write. */
export function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** The least and greatest result that 1.1 requires of a line item, where the sender gave none. */
export const standardRange1p1 = { min: 0, max: 100 };
