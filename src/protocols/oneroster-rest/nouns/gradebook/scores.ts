import { type AssessmentResult, oneRosterWords, type Result, vocabularyWord } from '../../../../model/index.ts';
import { filled, finite, optionalFlag } from '../base.ts';
import type { OneRosterObject } from '../scene.ts';
import { objectiveScoreSets } from './learning-objectives.ts';

type Scored = Pick<
  Result & AssessmentResult,
  | 'score'
  | 'textScore'
  | 'scoreStatus'
  | 'comment'
  | 'learningObjectiveSet'
  | 'inProgress'
  | 'incomplete'
  | 'late'
  | 'missing'
>;

/** The status of a score, which OneRoster requires: the sender's, else by whether there is a score. */
export function scoreStatusOf({ scoreStatus, score, textScore }: Scored): string {
  if (scoreStatus) return vocabularyWord(oneRosterWords.scoreStatus, scoreStatus);
  return score === undefined && !textScore ? 'not submitted' : 'fully graded';
}

/** What results of line items and of assessments say alike in 1.2. */
export function scores1p2(data: Scored): OneRosterObject {
  return {
    scoreStatus: scoreStatusOf(data),
    score: finite(data.score),
    textScore: filled(data.textScore),
    comment: filled(data.comment),
    learningObjectiveSet: objectiveScoreSets(data.learningObjectiveSet),
    inProgress: optionalFlag(data.inProgress),
    incomplete: optionalFlag(data.incomplete),
    late: optionalFlag(data.late),
    missing: optionalFlag(data.missing),
  };
}

/** The score as 1.1 requires it: a number; that of the text where it is one, else 0. */
export function score1p1({ score, textScore }: Scored): number {
  return finite(score) ?? finite(textScore?.trim() ? Number(textScore) : undefined) ?? 0;
}
