import Type, { type Static } from 'typebox';
import { Extension, optionalList, optionalText, text } from '../parts.ts';

/** A score scale: what scores mean in other words (OneRoster 1.2 `scoreScale`). */
export const ScoreScale = Type.Object({
  title: optionalText('Title'),
  type: optionalText('Type'),
  course: optionalText('The course; a guid in the store'),
  class: text('The class; a guid in the store'),
  scoreScaleValue: optionalList(
    Type.Object({
      itemValueLHS: text('The score that is shown'),
      itemValueRHS: text('What it stands for: a value or a range'),
    }),
    'The values, in order',
  ),
  extension: Type.Optional(Extension),
});
export type ScoreScale = Static<typeof ScoreScale>;
