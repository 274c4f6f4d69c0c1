import Type, { type Static } from 'typebox';
import { Extension, optionalFlag, optionalList, optionalNumber, optionalText, text } from '../parts.ts';
import { LearningObjectiveScoreSet } from './learning-objectives.ts';

/** A student's result of an assessment (OneRoster 1.2 `assessmentResult`). */
export const AssessmentResult = Type.Object({
  assessmentLineItem: text('What it is a result of; a guid in the store'),
  student: text('The student; a guid in the store'),
  score: optionalNumber('Score'),
  textScore: optionalText('Score in words'),
  scoreDate: optionalText('YYYY-MM-DD'),
  scoreScale: optionalText('The score scale; a guid in the store'),
  scorePercentile: optionalNumber('Percentile'),
  scoreStatus: optionalText('exempt, fully graded, not submitted, partially graded, submitted or ext:…'),
  comment: optionalText('Remark'),
  learningObjectiveSet: optionalList(LearningObjectiveScoreSet, 'Results for learning objectives by source'),
  inProgress: optionalFlag('Work has begun'),
  incomplete: optionalFlag('Work is not complete'),
  late: optionalFlag('Handed in late'),
  missing: optionalFlag('Not handed in'),
  extension: Type.Optional(Extension),
});
export type AssessmentResult = Static<typeof AssessmentResult>;
