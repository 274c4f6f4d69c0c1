import Type, { type Static } from 'typebox';
import { optionalNumber, optionalText, text } from '../parts.ts';

/** Learning objectives of one source (OneRoster 1.2 `LearningObjectiveSet`). */
export const LearningObjectiveSet = Type.Object({
  source: text('case, unknown or the sender’s own word'),
  learningObjectiveIds: Type.Array(Type.String(), { description: 'Ids of the learning objectives' }),
});
export type LearningObjectiveSet = Static<typeof LearningObjectiveSet>;

/** Results for learning objectives of one source (OneRoster 1.2 `LearningObjectiveScoreSet`). */
export const LearningObjectiveScoreSet = Type.Object({
  source: text('case, unknown or the sender’s own word'),
  learningObjectiveResults: Type.Array(
    Type.Object({
      learningObjectiveId: text('Id of the learning objective'),
      score: optionalNumber('Score'),
      textScore: optionalText('Score in words'),
    }),
    { description: 'Results by learning objective' },
  ),
});
export type LearningObjectiveScoreSet = Static<typeof LearningObjectiveScoreSet>;
