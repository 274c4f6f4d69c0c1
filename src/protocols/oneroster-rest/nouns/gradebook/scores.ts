import { type AssessmentResult, finite, type Result, scoreStatusOf } from '../../../../model/index.ts';
import { filled, optionalFlag } from '../base.ts';
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
