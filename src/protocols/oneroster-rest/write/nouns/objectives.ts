import type { Data, FieldReader } from '../../body/fields.ts';

const given = (data: Data): Data => Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));

/** The learning objectives of a line item (OneRoster 1.2, `LearningObjectiveSet`). */
export function readObjectives(fields: FieldReader): Data[] | null {
  return (
    fields.objects('learningObjectiveSet')?.map((set) => {
      const source = set.need('source');
      const learningObjectiveIds = set.texts('learningObjectiveIds');
      if (learningObjectiveIds === null) set.need('learningObjectiveIds');
      set.finish();
      return { source, learningObjectiveIds };
    }) ?? null
  );
}

/** The results for learning objectives (OneRoster 1.2, `LearningObjectiveScoreSet`). */
export function readObjectiveScores(fields: FieldReader): Data[] | null {
  return (
    fields.objects('learningObjectiveSet')?.map((set) => {
      const source = set.need('source');
      const results = set.objects('learningObjectiveResults')?.map((one) => {
        const learningObjectiveId = one.need('learningObjectiveId');
        const score = { score: one.number('score'), textScore: one.text('textScore') };
        one.finish();
        return given({ learningObjectiveId, ...score });
      });
      if (results === undefined) set.need('learningObjectiveResults');
      set.finish();
      return { source, learningObjectiveResults: results };
    }) ?? null
  );
}
