import { oneRosterWords } from '../../../../model/index.ts';
import type { Reading, Sent } from '../../push/nouns/noun.ts';
import { readObjectiveScores } from './objectives.ts';

/** What results have in both versions. */
export function readScore({ fields }: Reading): Sent {
  return {
    scoreStatus: fields.word('scoreStatus', oneRosterWords.scoreStatus),
    score: fields.number('score'),
    scoreDate: fields.day('scoreDate'),
    comment: fields.text('comment'),
  };
}

/** What results of line items and of assessments have in 1.2 alone. */
export function readScore1p2({ fields, reference }: Reading): Sent {
  return {
    textScore: fields.text('textScore'),
    scoreScale: reference('scoreScale', 'scoreScale'),
    learningObjectiveSet: readObjectiveScores(fields),
    inProgress: fields.flag('inProgress'),
    incomplete: fields.flag('incomplete'),
    late: fields.flag('late'),
    missing: fields.flag('missing'),
  };
}
