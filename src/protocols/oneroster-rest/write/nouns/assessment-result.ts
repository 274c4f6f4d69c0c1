import { asSent } from './as-sent.ts';
import { readScore, readScore1p2 } from './scores.ts';

/** An assessment result (OneRoster 1.2, `AssessmentResult`). */
export const assessmentResultWrite = asSent('assessmentResult', (reading) => ({
  assessmentLineItem: reading.reference('assessmentLineItem', 'assessmentLineItem'),
  student: reading.reference('student', 'user'),
  scorePercentile: reading.fields.number('scorePercentile'),
  ...readScore(reading),
  ...readScore1p2(reading),
}));
